# What `make install` puts below the prefix (plots/ installs its own). The program finds its suites and plots from its own place, and the package
# files hold no absolute path: an installed tree may be moved.
include(CMakePackageConfigHelpers)
set(TARE_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/tare")

install(TARGETS tare_bench EXPORT tare-targets)
install(FILES framework/include/tare/bench.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/tare")
if(TARGET tare)
  install(TARGETS tare EXPORT tare-targets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
get_property(suites GLOBAL PROPERTY TARE_SUITES) # those of benches/; the tests' own come later
if(suites)
  install(TARGETS ${suites} LIBRARY DESTINATION "${TARE_SUITE_DIR}")
endif()
get_property(programs GLOBAL PROPERTY TARE_COMMANDS) # programs that `tare NAME` runs, each with its line of help
foreach(program IN LISTS programs)
  install(TARGETS ${program} RUNTIME DESTINATION "${TARE_COMMAND_DIR}")
  install(FILES "${PROJECT_BINARY_DIR}/${TARE_COMMAND_DIR}/${program}.about" DESTINATION "${TARE_COMMAND_DIR}")
endforeach()
install(FILES man/tare.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")

configure_package_config_file(cmake/tare-config.cmake.in "${PROJECT_BINARY_DIR}/tare-config.cmake"
  INSTALL_DESTINATION "${TARE_PACKAGE_DIR}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tare-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(EXPORT tare-targets NAMESPACE tare:: DESTINATION "${TARE_PACKAGE_DIR}")
install(FILES cmake/TareSuite.cmake "${PROJECT_BINARY_DIR}/tare-config.cmake"
  "${PROJECT_BINARY_DIR}/tare-config-version.cmake" DESTINATION "${TARE_PACKAGE_DIR}")

string(JOIN " " TARE_LAYOUT_TEXT ${TARE_LAYOUT_FLAGS})
configure_file(cmake/tare.pc.in "${PROJECT_BINARY_DIR}/tare.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/tare.pc" DESTINATION "${CMAKE_INSTALL_DATADIR}/pkgconfig")
