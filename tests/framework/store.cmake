foreach(part baseline damage)
  tare_add_test(store store_${part}.c SOURCES store_fixture.c result_sample.c LINK tare_store)
endforeach()
