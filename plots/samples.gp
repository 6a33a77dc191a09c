# Every sample in the order measured: a colour a round, a mark a cause for those set aside.
prefix = ARG1
picture = ARG2
heading = ARG3
load ARG0[1:strstrt(ARG0, "samples.gp") - 1]."common.gp"
set terminal svg size 760,400 font "sans-serif,13" noenhanced
set output picture

set xlabel "sample, in the order measured; a colour a round"
set ylabel axis
set xrange [0:n_samples + 1]
set yrange [y_lo:y_hi]
set key outside above center horizontal samplen 1 width 1 maxrows 2 Left reverse
set arrow 1 from 0, median to n_samples + 1, median nohead linecolor rgb faint dashtype 2 front
# What lies beyond the picture is drawn on its edge.
inside(y) = y > y_hi ? y_hi : y < y_lo ? y_lo : y

plot prefix.".samples" using 1:($4 == 0 ? $2 : NaN):($3 + 1) with points pointtype 7 pointsize 0.35 linecolor variable \
         title "kept", \
     for [c=1:n_causes] "" using 1:($4 == c ? inside($2) : NaN) with points pointtype cause_mark[c] pointsize 0.9 \
         linewidth 1.5 linecolor rgb cause_colour[c] title (cause_count[c] > 0 ? cause_title[c] : "")
