# tare_add_suite(NAME sources...): a suite as the runner loads it: a shared object without a name of its own, hidden but
# for the symbol `tare_suite`, its calls bound to itself, and with code laid out so that alignment does not pass for
# speed. Used by this project and by projects that find_package(tare). Target NAME builds NAME.so, in TARE_SUITE_DIR
# below the build folder where that is set.
include_guard(GLOBAL)

# The compiler's spelling of: functions and loops begin where a fetch begins, and no branch crosses 32 bytes.
function(tare_find_layout_flags)
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if("C" IN_LIST languages)
    include(CheckCCompilerFlag)
  else()
    include(CheckCXXCompilerFlag)
  endif()
  set(found)
  set(CMAKE_REQUIRED_FLAGS -Werror)
  foreach(flag -falign-functions=64 -falign-loops=32 -mbranches-within-32B-boundaries -Wa,-mbranches-within-32B-boundaries)
    string(MAKE_C_IDENTIFIER "TARE_HAS${flag}" has)
    if("C" IN_LIST languages)
      check_c_compiler_flag("${flag}" ${has})
    else()
      check_cxx_compiler_flag("${flag}" ${has})
    endif()
    if(${has})
      list(APPEND found ${flag})
      if(flag STREQUAL "-mbranches-within-32B-boundaries")
        break()
      endif()
    endif()
  endforeach()
  set(TARE_LAYOUT_FLAGS "${found}" CACHE INTERNAL "code layout of suites") # seen from every folder
endfunction()
tare_find_layout_flags()

# tare_options_text(OUT LANGUAGE): the options that sources of a language are compiled with, as one line for the report.
function(tare_options_text out language)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  string(STRIP "${CMAKE_${language}_FLAGS} ${CMAKE_${language}_FLAGS_${type}}" flags)
  string(JOIN " " text ${flags} ${TARE_LAYOUT_FLAGS})
  string(REPLACE "\"" "" text "${text}")
  string(REPLACE "," "$<COMMA>" text "${text}") # for the generator expression below
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

function(tare_add_suite name)
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" OUTPUT_NAME "${name}" NO_SONAME TRUE
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${name} PRIVATE ${TARE_LAYOUT_FLAGS})
  tare_options_text(c_text C)
  tare_options_text(cxx_text CXX)
  target_compile_definitions(${name} PRIVATE
    "TARE_BUILD_OPTIONS=\"$<IF:$<COMPILE_LANGUAGE:CXX>,${cxx_text},${c_text}>\"")
  target_link_options(${name} PRIVATE -Wl,-Bsymbolic -Wl,--exclude-libs,ALL)
  target_link_libraries(${name} PRIVATE tare::bench)
  if(TARGET tare_options) # inside the project
    target_link_libraries(${name} PRIVATE tare_options)
  elseif(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    message(WARNING "CMAKE_BUILD_TYPE is empty: suite ${name} is built without optimisation, its figures mean little. "
                    "Configure with -DCMAKE_BUILD_TYPE=Release.")
  endif()
  if(TARE_SUITE_DIR)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${TARE_SUITE_DIR}")
  endif()
  set_property(GLOBAL APPEND PROPERTY TARE_SUITES ${name})
endfunction()
