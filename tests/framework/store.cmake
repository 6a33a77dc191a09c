foreach(part baseline damage history archive disk crash)
  tare_add_test(store store_${part}.c SOURCES store_fixture.c result_sample.c LINK tare_store)
endforeach()
# The calls at which store_crash.c kills a saver, or lets it fail.
foreach(call open read write close fsync ftruncate flock mkdir rmdir rename renameat2 unlink unlinkat)
  target_link_options(test_store_store_crash PRIVATE "LINKER:--wrap=${call}")
endforeach()
