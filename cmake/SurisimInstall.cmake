# Install and export: find_package(surisim) gives surisim::simulator, surisim::wrappers and
# surisim::fixtures, the command as surisim::surisim, and surisim_add_plugin_test(). Sample plugins are
# not installed.
include(CMakePackageConfigHelpers)

# Relative, so that the installed tree can be moved.
file(RELATIVE_PATH bin_to_lib
  /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
set_target_properties(surisim_cli PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")

# A program that only loads plugins calls nothing of the library by name, but its plugins do.
target_link_options(surisim_simulator INTERFACE LINKER:--no-as-needed)

set(exported surisim_simulator surisim_wrappers surisim_fixtures)
install(TARGETS ${exported} EXPORT surisimTargets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set_target_properties(surisim_cli PROPERTIES EXPORT_NAME surisim)
install(TARGETS surisim_cli EXPORT surisimTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/surisim)
install(EXPORT surisimTargets NAMESPACE surisim:: DESTINATION ${package_dir})
configure_package_config_file(cmake/surisimConfig.cmake.in
  ${PROJECT_BINARY_DIR}/surisimConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/surisimConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/surisimConfig.cmake
  ${PROJECT_BINARY_DIR}/surisimConfigVersion.cmake cmake/SurisimAddPluginTest.cmake DESTINATION ${package_dir})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
