foreach(part accounts clock counters doctor machine probe ring sampler symbols topology topology_sysfs)
  tare_add_test(platform platform_${part}.c LINK tare_platform)
endforeach()
