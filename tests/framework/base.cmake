foreach(part child cpu error facts file pool rng text)
  tare_add_test(base base_${part}.c LINK tare_base)
endforeach()
# Asks for more memory than there is: the sanitizers are to refuse it as malloc does.
tare_add_test(base base_mem.c LINK tare_base ENV
  "ASAN_OPTIONS=allocator_may_return_null=1" "TSAN_OPTIONS=allocator_may_return_null=1")
