# tare_add_test(PREFIX file.c LINK libs...): builds a cmocka program and registers every cmocka_unit_test(...) in it as a
# test of its own, `PREFIX.file.test_name`. A test that skips shows as skipped. A test that includes pool.h or
# pthread.h gets the label `threads`: it is worth running under ThreadSanitizer, and target tests_of_threads builds it.
add_custom_target(tests_of_threads)

function(tare_add_test prefix source)
  cmake_parse_arguments(arg "" "" "LINK;DEFINE;ENV;LABELS;SOURCES" ${ARGN})
  get_filename_component(stem "${source}" NAME_WE)
  set(target "test_${prefix}_${stem}")
  add_executable(${target} "${source}" ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE tare_options tare_test_harness ${arg_LINK})
  target_compile_definitions(${target} PRIVATE ${arg_DEFINE})
  file(STRINGS "${source}" threads REGEX "#include [<\"].*(pool|pthread)\\.h[>\"]")
  if(threads)
    list(APPEND arg_LABELS threads)
    add_dependencies(tests_of_threads ${target})
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
  file(STRINGS "${source}" lines REGEX "cmocka_unit_test[a-z_]*\\(")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "cmocka_unit_test[a-z_]*\\(([A-Za-z0-9_]+)" _ "${line}")
    set(name "${prefix}.${stem}.${CMAKE_MATCH_1}")
    add_test(NAME "${name}" COMMAND ${target} "${CMAKE_MATCH_1}")
    set_tests_properties("${name}" PROPERTIES SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]" TIMEOUT 300
      LABELS "${arg_LABELS}" ENVIRONMENT "${arg_ENV}")
  endforeach()
endfunction()
