# How often a planted change was found, with intervals; at 0 how often identical code was called changed.
prefix = ARG1
picture = ARG2
heading = ARG3
load ARG0[1:strstrt(ARG0, "trust.gp") - 1]."common.gp"
set terminal svg size 980,400 font "sans-serif,13" noenhanced
set output picture
rates = prefix.".trust"

array load_title[3] = ["alone", "beside a busy process", "beside a full memory bus"]
array memory_title[2] = ["in L1", "in DRAM"]
array mark[3] = [7, 5, 9]
# The row's figure where memory and load are these, else nothing.
of(m, l, x) = int(column(1)) == m && int(column(2)) == l ? x : NaN
set multiplot layout 1,2 title heading noenhanced
unset title
set yrange [-3:103]
set xrange [-0.5:n_changes - 0.5]
set xtics ("same code" 0)
do for [c = 2:n_changes] { set xtics add (change[c] (c - 1)) }
set ylabel "called changed, %"
set grid ytics linecolor rgb "#d0d7de"
set key outside below center horizontal samplen 1 width 1 maxrows 1 Left reverse
do for [m = 0:1] {
  set xlabel "planted change, %: ".memory_title[m + 1]
  plot for [l = 0:2] rates using (of(m, l, column(3) + 0.12 * (l - 1))):5:6:7 \
         with yerrorbars pointtype mark[l + 1] pointsize 0.6 linewidth 1.5 linetype l + 1 title load_title[l + 1]
}
unset multiplot
