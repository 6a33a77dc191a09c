# What all pictures share: the figures of the subject, and colours. A script sets these three first, for `load` takes
# the arguments away:
#   prefix = ARG1, the data files' common beginning    picture = ARG2, the file to make    heading = ARG3, its title
set encoding utf8
load prefix.".figures"

ink = "#24292f"
faint = "#8c959f"
blue = "#0969da"
green = "#1a7f37"
red = "#cf222e"
amber = "#9a6700"
set linetype 1 lc rgb "#0969da"
set linetype 2 lc rgb "#bc4c00"
set linetype 3 lc rgb "#1a7f37"
set linetype 4 lc rgb "#8250df"
set linetype 5 lc rgb "#bf3989"
set linetype 6 lc rgb "#57606a"
set linetype 7 lc rgb "#1b7c83"
set linetype 8 lc rgb "#7d4e00"
set linetype cycle 8

set border 3 lc rgb faint
set tics nomirror scale 0.6 textcolor rgb ink
set title heading noenhanced textcolor rgb ink
set xlabel textcolor rgb ink
set ylabel textcolor rgb ink
set key textcolor rgb ink
