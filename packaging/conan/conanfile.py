# surisim for Conan 2, from this tree: conan create packaging/conan --build=missing
# To use the libraries of Debian 12 instead of ConanCenter's: debian12.profile, in this directory.
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load
from conan.tools.gnu import PkgConfigDeps


class Surisim(ConanFile):
    name = "surisim"
    description = "Test harness and simulator for Suricata's thread-lifecycle plugins"
    license = "MIT"
    package_type = "shared-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"fixtures": [True, False]}
    default_options = {"fixtures": True}

    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        project = load(self, os.path.join(self._root(), "CMakeLists.txt"))
        self.version = re.search(r"project\(surisim VERSION ([0-9.]+)", project).group(1)

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "*.md", "cmake/*", "simulator/*", "wrappers/*", "fixtures/*",
                        "docs/*"):
            copy(self, pattern, self._root(), self.export_sources_folder, excludes="build/*")

    def requirements(self):
        for needed in ("fmt/[>=9]", "cli11/[>=2.1]", "nlohmann_json/[>=3.11]", "yaml-cpp/[>=0.7]", "zydis/[>=4]",
                       "elfutils/[>=0.186]", "libpcap/[>=1.10]", "zlib/[>=1.2.11]"):
            self.requires(needed)
        self.requires("tl-expected/[>=1.0]", transitive_headers=True)
        if self.options.fixtures:
            self.requires("gtest/[>=1.12]", transitive_headers=True, transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        PkgConfigDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["SURISIM_BUILD_TESTS"] = False
        toolchain.cache_variables["SURISIM_BUILD_BENCH"] = False
        toolchain.cache_variables["SURISIM_BUILD_FIXTURES"] = bool(self.options.fixtures)
        toolchain.cache_variables["CMAKE_UNITY_BUILD"] = True  # a quarter of the time
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build(target="surisim_installed")

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        # The package installs its own CMake files, with its targets and surisim_add_plugin_test().
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "surisim")]
        self.cpp_info.libs = ["surisim"]
        self.buildenv_info.prepend_path("PATH", os.path.join(self.package_folder, "bin"))
        self.runenv_info.prepend_path("PATH", os.path.join(self.package_folder, "bin"))
