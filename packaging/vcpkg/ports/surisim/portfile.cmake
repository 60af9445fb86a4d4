# Builds surisim from the tree that contains this port: vcpkg install surisim --overlay-ports=packaging/vcpkg/ports
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

# Plugins find Suricata's functions in a shared library; what it is linked with may be static.
vcpkg_check_linkage(ONLY_DYNAMIC_LIBRARY)
vcpkg_check_features(OUT_FEATURE_OPTIONS feature_options FEATURES fixtures SURISIM_BUILD_FIXTURES)
vcpkg_find_acquire_program(PKGCONFIG)

# Builds only what is installed: no sample plugins, tests or benchmarks.
vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    -DSURISIM_BUILD_TESTS=OFF
    -DSURISIM_BUILD_BENCH=OFF
    -DCMAKE_UNITY_BUILD=ON
    -DCMAKE_SKIP_INSTALL_ALL_DEPENDENCY=ON
    "-DPKG_CONFIG_EXECUTABLE=${PKGCONFIG}"
    ${feature_options})
vcpkg_cmake_build(TARGET surisim_installed)
vcpkg_cmake_install()

vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/surisim)
vcpkg_fixup_pkgconfig()
vcpkg_copy_tools(TOOL_NAMES surisim AUTO_CLEAN)
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
