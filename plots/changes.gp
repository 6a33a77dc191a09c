# A forest plot: the change of every compared case with its interval, and the margin within which it is "unchanged".
prefix = ARG1
picture = ARG2
heading = ARG3
load ARG0[1:strstrt(ARG0, "changes.gp") - 1]."common.gp"
height = 165 + 20 * n_rows
set terminal svg size 980, height font "sans-serif,13" noenhanced
set output picture

set lmargin label_columns
set rmargin 3
set tmargin at screen 1 - 85.0 / height
set bmargin at screen 60.0 / height
set xlabel "change of the time of one iteration in %: slower to the right"
set xrange [x_lo:x_hi]
set yrange [0:n_rows + 1]
set ytics noenhanced
set grid xtics linecolor rgb "#d0d7de"
set key outside above center horizontal samplen 1 width 2 maxrows 1 Left reverse
set object 1 rectangle from -margin, graph 0 to margin, graph 1 fillcolor rgb "#cfd9e4" fillstyle solid noborder behind
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linecolor rgb faint front

plot prefix.".changes" using 2:(n_rows - $0):3:4:5:yticlabels(1) with xerrorbars pointtype 7 pointsize 0.5 linewidth 1.5 \
         linecolor rgb variable notitle, \
     keyentry with points pointtype 7 linecolor rgb red title "regressed", \
     keyentry with points pointtype 7 linecolor rgb green title "improved", \
     keyentry with points pointtype 7 linecolor rgb "#57606a" title "unchanged", \
     keyentry with points pointtype 7 linecolor rgb amber title "inconclusive", \
     keyentry with boxes fillstyle solid fillcolor rgb "#cfd9e4" title "margin"
