foreach(part compare dist groups interval lines rank resample sample)
  tare_add_test(stats stats_${part}.c LINK tare_stats)
endforeach()
# Simulations: thousands of small experiments from fixed seeds.
foreach(part coverage looks)
  tare_add_test(stats stats_${part}.c LINK tare_stats LABELS simulation)
endforeach()
