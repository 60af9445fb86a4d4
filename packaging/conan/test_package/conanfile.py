# Builds a plugin in C and a program that runs it, and runs both: `conan create` does this at its end.
import os

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout


class SurisimTest(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self, build_folder="../../../build/conan")  # nothing is written beside the sources

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.user_presets_path = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        if can_run(self):
            plugin = os.path.join(self.cpp.build.bindir, "plugin.so")
            program = os.path.join(self.cpp.build.bindir, "run_plugin")
            self.run(f"surisim run --quiet {plugin}", env="conanrun")
            self.run(f"{program} {plugin}", env="conanrun")
