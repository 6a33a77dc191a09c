# What the cases of one group reach, or tell, with intervals; a colour a variant.
prefix = ARG1
picture = ARG2
heading = ARG3
load ARG0[1:strstrt(ARG0, "throughput.gp") - 1]."common.gp"
height = 119 + 24 * n_rows
set title heading.(strlen(shared) ? ": ".shared : "") noenhanced textcolor rgb ink
set terminal svg size 980, height font "sans-serif,13" noenhanced
set output picture

set lmargin label_columns
set rmargin 3
set tmargin at screen 1 - 40.0 / height
set bmargin at screen 55.0 / height
set xlabel unit noenhanced
set xrange [0:*]
set yrange [0:n_rows + 1]
set ytics noenhanced
set grid xtics linecolor rgb "#d0d7de"
unset key
set style fill solid 0.75 noborder

plot prefix.".rates" using (0.5 * $2):(n_rows - $0):(0.5 * $2):(0.36):5:yticlabels(1) with boxxyerror linecolor variable, \
     "" using 2:(n_rows - $0):3:4 with xerrorbars pointtype 0 linewidth 1.5 linecolor rgb ink
