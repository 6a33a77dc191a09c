# tare_add_suite(NAME sources...): a suite as the runner loads it: a shared object without a name of its own, hidden but
# for the symbol `tare_suite`, its calls bound to itself, and with code laid out so that alignment does not pass for
# speed. Used by this project and by projects that find_package(tare). Target NAME builds NAME.so, in TARE_SUITE_DIR
# below the build folder where that is set. Target NAME_layouts, which is not part of `all`, links the same objects at
# other addresses, for `tare run --layouts N`: layouts/NAME.K.so beside NAME.so, its code 16 K bytes further on, for
# K = 1 to TARE_SUITE_LAYOUTS (7; 0: no such target).
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

# The linker's own script for shared objects, but its code section begins with a gap of @gap@ bytes and places what it
# is given at multiples of 16, whatever alignment the compiler asked for: TARE_LAYOUT_SCRIPT is the file. Empty where
# the linker (gold, lld) does not work by a script.
function(tare_find_layout_script)
  if(DEFINED TARE_LAYOUT_SCRIPT AND (NOT TARE_LAYOUT_SCRIPT OR EXISTS "${TARE_LAYOUT_SCRIPT}"))
    return()
  endif()
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  set(language CXX)
  set(dialect c++)
  if("C" IN_LIST languages)
    set(language C)
    set(dialect c)
  endif()
  separate_arguments(flags UNIX_COMMAND "${CMAKE_${language}_FLAGS} ${CMAKE_MODULE_LINKER_FLAGS}")
  set(folder "${CMAKE_BINARY_DIR}/CMakeFiles/tare_layouts")
  file(MAKE_DIRECTORY "${folder}")
  execute_process(COMMAND ${CMAKE_${language}_COMPILER} ${flags} -shared -x ${dialect} /dev/null -Wl,--verbose
    -o "${folder}/empty.so" OUTPUT_VARIABLE said ERROR_QUIET)
  set(script)
  if(said MATCHES "\n======+\n(.*)\n======+\n")
    set(own "${CMAKE_MATCH_1}")
    string(REGEX REPLACE "\n *\\.text *: *\n? *{" "\n  .text : SUBALIGN(16)\n  {\n    . = . + @gap@;" text "${own}")
    if(NOT text STREQUAL own)
      set(script "${folder}/script.in")
      file(WRITE "${script}" "${text}\n")
    endif()
  endif()
  set(TARE_LAYOUT_SCRIPT "${script}" CACHE INTERNAL "linker script of suites at other addresses")
endfunction()
tare_find_layout_script()

# What tare_add_suite leaves to the end of the suite's folder, when its sources and properties are known. Data that lie
# among the code (a table in hand-written assembly) may count on no more than 16 bytes of alignment there.
function(tare_add_layouts name n)
  if(NOT TARE_LAYOUT_SCRIPT)
    add_custom_target(${name}_layouts COMMAND ${CMAKE_COMMAND} -E echo
      "The linker has no script to shift code with: use GNU ld" COMMAND ${CMAKE_COMMAND} -E false VERBATIM)
    return()
  endif()
  get_target_property(sources ${name} SOURCES)
  get_target_property(output ${name} OUTPUT_NAME)
  set(language C)
  if(sources MATCHES "\\.(cc|cpp|cxx|c\\+\\+|C)(;|$)")
    set(language CXX)
  endif()
  add_custom_target(${name}_layouts)
  foreach(k RANGE 1 ${n})
    math(EXPR gap "16 * ${k}")
    set(script "${CMAKE_BINARY_DIR}/CMakeFiles/tare_layouts/${k}.ld")
    configure_file("${TARE_LAYOUT_SCRIPT}" "${script}" @ONLY)
    set(layout ${name}_layout_${k})
    add_library(${layout} MODULE EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${name}>)
    set_target_properties(${layout} PROPERTIES PREFIX "" SUFFIX ".so" OUTPUT_NAME "${output}.${k}" NO_SONAME TRUE
      LINKER_LANGUAGE ${language} LIBRARY_OUTPUT_DIRECTORY "$<TARGET_FILE_DIR:${name}>/layouts"
      LINK_DEPENDS "${script};$<TARGET_FILE:${name}>") # never older than the suite: the program asks that
    target_link_options(${layout} PRIVATE $<TARGET_PROPERTY:${name},LINK_OPTIONS> "LINKER:-T,${script}")
    target_link_directories(${layout} PRIVATE $<TARGET_PROPERTY:${name},LINK_DIRECTORIES>)
    target_link_libraries(${layout} PRIVATE $<TARGET_PROPERTY:${name},LINK_LIBRARIES>)
    add_dependencies(${layout} ${name})
    add_dependencies(${name}_layouts ${layout})
  endforeach()
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
  set(layouts 7)
  if(DEFINED TARE_SUITE_LAYOUTS)
    set(layouts ${TARE_SUITE_LAYOUTS})
  endif()
  if(layouts GREATER 0)
    cmake_language(EVAL CODE "cmake_language(DEFER CALL tare_add_layouts [[${name}]] [[${layouts}]])")
  endif()
endfunction()
