# Builds the tests of kernels for 64-bit Arm and runs one: cmake -D BUILD=<folder> -D RUN=<name> -P cross.cmake.
# Prints `skipped: ...` where the compiler or the emulator is missing.
cmake_minimum_required(VERSION 3.25)
find_program(compiler aarch64-linux-gnu-gcc)
find_program(emulator NAMES qemu-aarch64 qemu-aarch64-static)
if(NOT compiler OR NOT emulator)
  message("skipped: the tests for Arm need aarch64-linux-gnu-gcc and qemu-aarch64 (packages gcc-aarch64-linux-gnu, qemu-user)")
  return()
endif()

function(must)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE rc OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT rc EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
endfunction()

if("${RUN}" STREQUAL "build")
  must("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${BUILD}" -G Ninja -D CMAKE_SYSTEM_NAME=Linux
    -D CMAKE_SYSTEM_PROCESSOR=aarch64 -D "CMAKE_C_COMPILER=${compiler}")
  must("${CMAKE_COMMAND}" --build "${BUILD}" -j 2)
else()
  must("${emulator}" -cpu max "${BUILD}/${RUN}")
endif()
