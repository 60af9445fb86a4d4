# Install and export: find_package(surisim) gives surisim::simulator, surisim::wrappers, surisim::headers
# (for plugins in C), the command as surisim::surisim, and surisim_add_plugin_test(); with COMPONENTS
# fixtures, surisim::fixtures too. pkg-config has surisim and surisim-headers. Sample plugins are not
# installed.
include(CMakePackageConfigHelpers)

# Relative, so that the installed tree can be moved.
file(RELATIVE_PATH bin_to_lib
  /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
set_target_properties(surisim_cli PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")

# A program that only loads plugins calls nothing of the library by name, but its plugins do.
target_link_options(surisim_simulator INTERFACE LINKER:--no-as-needed)

install(TARGETS surisim_simulator surisim_wrappers surisim_headers EXPORT surisimTargets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET surisim_fixtures)
  install(TARGETS surisim_fixtures EXPORT surisimFixturesTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
set_target_properties(surisim_cli PROPERTIES EXPORT_NAME surisim)
install(TARGETS surisim_cli EXPORT surisimTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/surisim)
install(EXPORT surisimTargets NAMESPACE surisim:: DESTINATION ${package_dir})
if(TARGET surisim_fixtures)
  install(EXPORT surisimFixturesTargets NAMESPACE surisim:: DESTINATION ${package_dir})
endif()
configure_package_config_file(cmake/surisimConfig.cmake.in
  ${PROJECT_BINARY_DIR}/surisimConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/surisimConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/surisimConfig.cmake
  ${PROJECT_BINARY_DIR}/surisimConfigVersion.cmake cmake/SurisimAddPluginTest.cmake DESTINATION ${package_dir})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Their paths are relative to the file, so that the installed tree can be moved.
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(name surisim surisim-headers)
  configure_file(cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
