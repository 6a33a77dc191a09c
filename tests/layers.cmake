# Arrows point one way: reads every #include of the tree (and which sources the build lists) and holds them against the
# tables below. Run as cmake -D ROOT=<tree> [-D COMMANDS=<compile_commands.json>] -P layers.cmake; every breach is one
# line, and makes the status 1.
cmake_minimum_required(VERSION 3.25)

# Folder -> the folders whose headers its files may include, besides its own. The first folder that fits counts.
set(layers
  framework/include framework/base framework/stats framework/platform framework/result framework/measure
  framework/suite framework/store framework/report framework/runner kernels models benches)
set(may_framework/include)
set(may_framework/base)
set(may_framework/stats    framework/base)
set(may_framework/platform framework/base)
set(may_framework/result   framework/base framework/stats)
set(may_framework/measure  framework/include framework/base framework/stats framework/platform framework/result)
set(may_framework/suite    framework/include framework/base framework/stats framework/result)
set(may_framework/store    framework/base framework/stats framework/result)
set(may_framework/report   framework/base framework/stats framework/result)
set(may_framework/runner   framework/include framework/base framework/stats framework/platform framework/result
  framework/measure framework/suite framework/store framework/report)
set(may_kernels framework/base)
set(may_models  kernels framework/base)
set(may_benches framework/include kernels models framework/base)

# Headers from elsewhere that have a place of their own: pattern, then the files (a pattern) that may include it.
set(guarded
  "^hwloc(/|\\.h)"          "^framework/platform/[^/]*\\.c$"
  "^(libelf|gelf|elf)\\.h$"  "^framework/platform/[^/]*\\.c$"
  "^perfmon/"               "^framework/platform/counters/[^/]*\\.c$"
  "^jansson\\.h$"           "^(framework/(result|store)/([^/]*\\.c|fields\\.h)|models/(io|tokenizer)/[^/]*\\.c)$"
  "^pcre2"                  "^models/tokenizer/pattern\\.c$"
  "^(sha[0-9]*|md[0-9]*)\\.h$" "^framework/(base|store)/[^/]*\\.c$"
  "^cmocka"                 "^$")

# What a layer does without: stats neither prints nor looks at a clock; the suite interface needs two headers.
set(never_framework/stats "^(stdio|time|sys/time|sys/times|x86intrin)\\.h$")
set(only_framework/include "^(stddef|stdint)\\.h$")

set(breaches 0)
function(breach file text)
  message("${file}: ${text}")
  math(EXPR n "${breaches} + 1")
  set(breaches ${n} PARENT_SCOPE)
endfunction()

# layer_of(OUT PATH): the layer a path from the root lies in, or "".
function(layer_of out path)
  set(${out} "" PARENT_SCOPE)
  foreach(layer IN LISTS layers)
    string(FIND "${path}" "${layer}/" at)
    if(at EQUAL 0)
      set(${out} "${layer}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# path_of(OUT FILE INCLUDED): an included header as a path from the root; "" when it is not of this tree.
function(path_of out file included)
  get_filename_component(folder "${file}" DIRECTORY)
  foreach(candidate "${included}" "framework/include/${included}" "kernels/include/${included}" "models/include/${included}"
      "${folder}/${included}")
    cmake_path(NORMAL_PATH candidate)
    if(EXISTS "${ROOT}/${candidate}" AND NOT IS_DIRECTORY "${ROOT}/${candidate}")
      set(${out} "${candidate}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(${out} "" PARENT_SCOPE)
endfunction()

macro(check_include file layer included)
  path_of(path "${file}" "${included}")
  if(path)
    layer_of(target "${path}")
    if(NOT target)
      breach("${file}" "includes ${included}, which is in no layer")
    elseif(NOT target STREQUAL "${layer}" AND NOT target IN_LIST may_${layer})
      breach("${file}" "${layer} may not include ${included} of ${target}")
    endif()
  else()
    if(DEFINED never_${layer} AND "${included}" MATCHES "${never_${layer}}")
      breach("${file}" "${layer} does without <${included}>")
    endif()
    if(DEFINED only_${layer} AND NOT "${included}" MATCHES "${only_${layer}}")
      breach("${file}" "${layer} needs no more than ${only_${layer}}, not <${included}>")
    endif()
  endif()
endmacro()

macro(check_guarded file included)
  set(rules ${guarded})
  while(rules)
    list(POP_FRONT rules header place)
    if("${included}" MATCHES "${header}" AND NOT "${file}" MATCHES "${place}")
      breach("${file}" "none but ${place} may include <${included}>")
    endif()
  endwhile()
endmacro()

# A source that this build does not compile, and that no CMakeLists.txt of its folder or above it names (for another
# machine, or another option), is dead.
set(compiled)
if(COMMANDS)
  file(READ "${COMMANDS}" compiled)
endif()
macro(check_listed file)
  get_filename_component(folder "${file}" DIRECTORY)
  get_filename_component(name "${file}" NAME)
  string(FIND "${compiled}" "\"${ROOT}/${file}\"" at)
  set(listed FALSE)
  if(NOT at EQUAL -1)
    set(listed TRUE)
  endif()
  set(from "${folder}")
  while(from AND NOT listed)
    file(GLOB lists "${ROOT}/${from}/CMakeLists.txt" "${ROOT}/${from}/*.cmake")
    foreach(list IN LISTS lists)
      file(READ "${list}" text)
      string(FIND "${text}" "${name}" at)
      if(NOT at EQUAL -1)
        set(listed TRUE)
      endif()
    endforeach()
    get_filename_component(from "${from}" DIRECTORY)
  endwhile()
  if(NOT listed)
    breach("${file}" "no CMakeLists.txt lists it")
  endif()
endmacro()

file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/framework/*.[ch]" "${ROOT}/kernels/*.[ch]" "${ROOT}/models/*.[ch]"
  "${ROOT}/benches/*.[ch]" "${ROOT}/tests/*.[ch]" "${ROOT}/framework/*.inc" "${ROOT}/kernels/*.inc")
set(includes 0)
foreach(file IN LISTS files)
  layer_of(layer "${file}")
  if(NOT layer AND NOT file MATCHES "^tests/")
    breach("${file}" "lies in no layer")
    continue()
  endif()
  file(STRINGS "${ROOT}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "[<\"]([^>\"]*)[>\"]" _ "${line}")
    set(included "${CMAKE_MATCH_1}")
    math(EXPR includes "${includes} + 1")
    if(layer)
      check_guarded("${file}" "${included}")
      check_include("${file}" "${layer}" "${included}")
    endif()
  endforeach()
  if(layer AND file MATCHES "\\.c$")
    check_listed("${file}")
  endif()
endforeach()

file(GLOB_RECURSE lists RELATIVE "${ROOT}" "${ROOT}/framework/CMakeLists.txt" "${ROOT}/kernels/CMakeLists.txt"
  "${ROOT}/models/CMakeLists.txt" "${ROOT}/benches/CMakeLists.txt")
foreach(list IN LISTS lists)
  file(STRINGS "${ROOT}/${list}" globs REGEX "^[^#]*(GLOB|aux_source_directory)")
  if(globs)
    breach("${list}" "sources are listed one by one, not globbed")
  endif()
endforeach()

list(LENGTH files count)
message("${count} files, ${includes} includes, ${breaches} breaches")
if(breaches)
  message(FATAL_ERROR "the layers are broken")
endif()
