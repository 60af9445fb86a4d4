# Install and export. find_package(surisim) defines surisim::simulator, surisim::wrappers, surisim::headers
# (for plugins in C), the command as surisim::surisim, and surisim_add_plugin_test(); with COMPONENTS
# fixtures also surisim::fixtures. pkg-config has surisim, surisim-headers, surisim-wrappers and
# surisim-fixtures. Sample plugins are not installed.
#
# Each file belongs to a component: command, library or development (SurisimPackage.cmake).
include(CMakePackageConfigHelpers)

# Builds what is installed, and nothing else.
add_custom_target(surisim_installed)
add_dependencies(surisim_installed surisim_cli surisim_probe_8.0 surisim_probe_9.0)
if(TARGET surisim_fixtures)
  add_dependencies(surisim_installed surisim_fixtures)
endif()

option(SURISIM_DEBIAN "Install into the directories of the Debian packages, with a copyright file for each" OFF)
mark_as_advanced(SURISIM_DEBIAN)

# Relative, so that the installed tree can be moved; Debian's packages need no RPATH.
file(RELATIVE_PATH bin_to_lib
  /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
if(NOT SURISIM_DEBIAN)
  set_target_properties(surisim_cli PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
endif()

# A program that only loads plugins may call no function of the library itself, but its plugins do.
target_link_options(surisim_simulator INTERFACE LINKER:--no-as-needed)

install(TARGETS surisim_simulator surisim_wrappers surisim_headers EXPORT surisimTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
if(TARGET surisim_fixtures)
  install(TARGETS surisim_fixtures EXPORT surisimFixturesTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
endif()
set_target_properties(surisim_cli PROPERTIES EXPORT_NAME surisim)
install(TARGETS surisim_cli EXPORT surisimTargets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/surisim)
install(EXPORT surisimTargets NAMESPACE surisim:: DESTINATION ${package_dir} COMPONENT development)
if(TARGET surisim_fixtures)
  install(EXPORT surisimFixturesTargets NAMESPACE surisim:: DESTINATION ${package_dir} COMPONENT development)
endif()
configure_package_config_file(cmake/surisimConfig.cmake.in
  ${PROJECT_BINARY_DIR}/surisimConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/surisimConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/surisimConfig.cmake
  ${PROJECT_BINARY_DIR}/surisimConfigVersion.cmake cmake/SurisimAddPluginTest.cmake
  DESTINATION ${package_dir} COMPONENT development)

# Their paths are relative to the file, so that the installed tree can be moved.
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(pkgconfig_files surisim surisim-headers surisim-wrappers)
if(TARGET surisim_fixtures)
  list(APPEND pkgconfig_files surisim-fixtures)
endif()
foreach(name IN LISTS pkgconfig_files)
  configure_file(cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endforeach()

# The command prints its manual pages and completion. Not with a sanitizer, whose runtime may fail to start.
if(NOT SURISIM_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
  set(pages ${PROJECT_BINARY_DIR}/pages)
  add_custom_command(OUTPUT ${pages}/made DEPENDS surisim_cli VERBATIM
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${pages}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${pages}/man1
    COMMAND surisim_cli man --all ${pages}/man1
    COMMAND sh -c "gzip -9n \"$1\"/*.1" gzip ${pages}/man1
    COMMAND surisim_cli completion bash > ${pages}/surisim
    COMMAND surisim_cli completion zsh > ${pages}/_surisim
    COMMAND surisim_cli completion fish > ${pages}/surisim.fish
    COMMAND ${CMAKE_COMMAND} -E touch ${pages}/made)
  add_custom_target(surisim_pages ALL DEPENDS ${pages}/made)
  add_dependencies(surisim_installed surisim_pages)
  install(DIRECTORY ${pages}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT command)
  install(FILES ${pages}/surisim
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT command)
  install(FILES ${pages}/_surisim COMPONENT command DESTINATION
    ${CMAKE_INSTALL_DATADIR}/zsh/$<IF:$<BOOL:${SURISIM_DEBIAN}>,vendor-completions,site-functions>)
  install(FILES ${pages}/surisim.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT command)
endif()

set(docs ${CMAKE_INSTALL_DATADIR}/doc)
set(examples fixtures/plugins/flow_counter_c.c wrappers/examples/guide_threads.cpp)
install(FILES README.md DESTINATION ${docs}/surisim COMPONENT command)
install(DIRECTORY docs DESTINATION ${docs}/surisim COMPONENT command FILES_MATCHING PATTERN *.md)
if(NOT SURISIM_DEBIAN)
  install(FILES CHANGELOG.md LICENSE DESTINATION ${docs}/surisim COMPONENT command)
  install(FILES ${examples} DESTINATION ${docs}/surisim/examples COMPONENT development)
  return()
endif()

set(debian ${PROJECT_SOURCE_DIR}/packaging/debian)
set(changes ${PROJECT_BINARY_DIR}/changelog.gz ${PROJECT_BINARY_DIR}/changelog.Debian.gz)
add_custom_command(OUTPUT ${changes} VERBATIM
  DEPENDS ${debian}/changelog ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  COMMAND gzip -9nc ${PROJECT_SOURCE_DIR}/CHANGELOG.md > ${PROJECT_BINARY_DIR}/changelog.gz
  COMMAND gzip -9nc ${debian}/changelog > ${PROJECT_BINARY_DIR}/changelog.Debian.gz)
add_custom_target(surisim_changes ALL DEPENDS ${changes})
add_dependencies(surisim_installed surisim_changes)
set(library_package libsurisim${PROJECT_VERSION_MAJOR})
foreach(of IN ITEMS surisim:command ${library_package}:library libsurisim-dev:development)
  string(REPLACE ":" ";" of ${of})
  list(GET of 0 package)
  list(GET of 1 component)
  install(FILES ${debian}/copyright ${changes} DESTINATION ${docs}/${package} COMPONENT ${component})
endforeach()
install(FILES ${examples} DESTINATION ${docs}/libsurisim-dev/examples COMPONENT development)
install(FILES ${debian}/${library_package}.lintian-overrides RENAME ${library_package}
  DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides COMPONENT library)
