# tare_add_command(NAME "what it does" sources... LINK libs...): a program that `tare NAME` runs, in TARE_COMMAND_DIR below
# the build folder and below the prefix, with the line that `tare --help` prints of it.
function(tare_add_command name about)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  set(target "tare-${name}")
  add_executable(${target} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${target} PRIVATE tare_options ${arg_LINK})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${TARE_COMMAND_DIR}")
  file(WRITE "${PROJECT_BINARY_DIR}/${TARE_COMMAND_DIR}/${target}.about" "${about}\n")
  set_property(GLOBAL APPEND PROPERTY TARE_COMMANDS ${target})
endfunction()
