# Language, warnings and sanitizers for the whole project.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")

add_library(tare_options INTERFACE) # what every target of the project is compiled with
target_compile_definitions(tare_options INTERFACE _GNU_SOURCE TARE_VERSION="${PROJECT_VERSION}")
target_include_directories(tare_options INTERFACE
  "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/framework/include" "${PROJECT_SOURCE_DIR}/kernels/include")
target_compile_options(tare_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wpointer-arith -Wvla -Wno-missing-field-initializers -Wno-gnu-zero-variadic-macro-arguments
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition>
  $<$<BOOL:${TARE_WERROR}>:-Werror>)
if(TARE_SANITIZE)
  add_compile_options("-fsanitize=${TARE_SANITIZE}" -fno-sanitize-recover=all)
  add_link_options("-fsanitize=${TARE_SANITIZE}")
endif()

if(TARE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# tare_add_layer(NAME sources...): a static library of one layer of the framework.
function(tare_add_layer name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PRIVATE tare_options)
endfunction()
