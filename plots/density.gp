# Kernel density of the samples that the estimate uses, with the median, its interval and Tukey's inner fences.
prefix = ARG1
picture = ARG2
heading = ARG3
load ARG0[1:strstrt(ARG0, "density.gp") - 1]."common.gp"
set terminal svg size 760,400 font "sans-serif,13" noenhanced
set output picture

set xlabel axis
unset ytics
set border 1
set yrange [0:1.08]
set xrange [x_lo:x_hi]
set key outside above center horizontal samplen 2 width 1 maxrows 2 Left reverse
set object 1 rectangle from lo, graph 0 to hi, graph 1 fillcolor rgb "#ffd8a8" fillstyle solid noborder behind
set arrow 1 from median, graph 0 to median, graph 1 nohead linecolor rgb "#bc4c00" linewidth 2 front

plot prefix.".density" using 1:2 with filledcurves y1=0 fillcolor rgb "#54aeff" fillstyle transparent solid 0.2 notitle, \
     "" using 1:2 with lines linecolor rgb blue linewidth 1.5 title sprintf("density of %d samples", n_used), \
     prefix.".rug" using 1:(0.012) with impulses linecolor rgb blue linewidth 0.5 notitle, \
     NaN with lines linecolor rgb "#bc4c00" linewidth 2 title "median ".median_text, \
     NaN with filledcurves fillcolor rgb "#ffd8a8" title "its interval", \
     prefix.".fences" using 1:(1.08) with impulses dashtype 2 linecolor rgb ink title "inner fences", \
     prefix.".before" using 1:(1.08) with impulses dashtype 4 linewidth 2 linecolor rgb "#8250df" title (has_old ? "median before" : "")
