# A timeline: how the time of each case stands to the oldest baseline. The cases that moved most have colours.
prefix = ARG1
picture = ARG2
heading = ARG3
load ARG0[1:strstrt(ARG0, "history.gp") - 1]."common.gp"
set terminal svg size 980, 420 + 18 * n_bright font "sans-serif,13" noenhanced
set output picture

set lmargin 10
set rmargin 4
set xrange [-0.3:n_baselines - 0.7]
set yrange [y_lo:y_hi]
set ylabel "change to the oldest in %"
set xtics () rotate by -30 noenhanced
do for [i = 1:n_baselines] { set xtics add (baseline[i] i - 1) }
set grid ytics linecolor rgb "#d0d7de"
set key below left vertical maxcols 2 samplen 1.5 noenhanced
set object 1 rectangle from graph 0, first -margin to graph 1, first margin fillcolor rgb "#eaeef2" fillstyle solid noborder behind
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead linecolor rgb faint back

plot for [i = n_bright:n_cases - 1] prefix.".history" index i using 1:2 with lines linecolor rgb "#d0d7de" notitle, \
     for [i = 0:n_bright - 1] prefix.".history" index i using 1:2 with lines linetype i + 1 linewidth 1.5 title title_of[i + 1], \
     for [i = 0:n_bright - 1] prefix.".history" index i using 1:2:3:4 with yerrorbars linetype i + 1 pointtype 7 pointsize 0.4 notitle, \
     for [i = 0:n_bright - 1] prefix.".history" index i using 1:($5 == 1 ? $2 : NaN) with points linetype i + 1 pointtype 6 pointsize 1.2 linewidth 2 notitle, \
     keyentry with points pointtype 6 pointsize 1.2 linewidth 2 linecolor rgb ink title "a step beyond the margin"
