# Packages, built by `cpack` in the build directory: a tarball that can be unpacked anywhere; with
# SURISIM_DEBIAN, three Debian packages, one for each component. `ci/package` builds and tests both.
set(CPACK_PACKAGE_VENDOR "the surisim authors")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
set(CPACK_COMPONENTS_ALL command library development)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
if(NOT SURISIM_DEBIAN)
  set(CPACK_GENERATOR TGZ)
  set(CPACK_PACKAGE_FILE_NAME surisim-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
  include(CPack)
  return()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# The packages' version is in the changelog's first line. The revision is 0…, because those of Debian start with 1.
file(STRINGS packaging/debian/changelog changelog LIMIT_COUNT 1)
if(NOT changelog MATCHES "^surisim \\(${PROJECT_VERSION}-([0-9a-z]+)\\) ")
  message(FATAL_ERROR "packaging/debian/changelog: expected version ${PROJECT_VERSION}-N, got ${changelog}")
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE ${CMAKE_MATCH_1})
file(STRINGS packaging/debian/changelog maintainer REGEX "^ -- " LIMIT_COUNT 1)
string(REGEX REPLACE "^ -- (.*>)  .*$" "\\1" CPACK_PACKAGE_CONTACT "${maintainer}")
set(version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")

# CPack's default text, which it does not print: each package's description has a summary already.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_NAME} built using CMake")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
set(CPACK_DEBIAN_PACKAGE_SOURCE surisim)
set(about "Runs the lifecycle of a plugin for the network monitor Suricata, on real
threads and without Suricata, and reports what the plugin did wrong.")
set(library_package libsurisim${PROJECT_VERSION_MAJOR})

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME surisim)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_COMMAND_DESCRIPTION "test harness for Suricata plugins
${about}
.
This package has the command, its manual and its documentation.")
set(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS "${library_package} (= ${version})")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library_package})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "test harness for Suricata plugins - shared library
${about}
.
This package has the library in which plugins find Suricata's functions.")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/debian/triggers)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libsurisim-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "test harness for Suricata plugins - development files
${about}
.
This package has the headers that plugins in C and C++ are compiled with,
and what programs and unit tests that run plugins are linked with.")
# The CMake package also refers to the command.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "surisim (= ${version}), ${library_package} (= ${version}), libexpected-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS "libgmock-dev, libgtest-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "cmake, pkg-config")
include(CPack)
