# What Debian 12 has of surisim's dependencies, for Conan without ConanCenter (`ci/deps build` installs them):
#   conan create packaging/conan -pr:a packaging/conan/debian12.profile
[settings]
os=Linux
arch=x86_64
compiler=gcc
compiler.version=12
compiler.libcxx=libstdc++11
compiler.cppstd=20
build_type=Release

[platform_requires]
cli11/2.1.2
elfutils/0.188
fmt/9.1.0
gtest/1.12.1
libpcap/1.10.3
nlohmann_json/3.11.2
tl-expected/1.0.0
yaml-cpp/0.7.0
zlib/1.2.13
zydis/4.0.0
