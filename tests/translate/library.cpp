// Implements library.hpp.
#include "library.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

namespace surisim::test {

void Notes::point(const translate::Site& site, std::uintptr_t address) {
  long value = 0;
  std::memcpy(&value, reinterpret_cast<const void*>(address), site.bytes);
  points.push_back({site, address, value});
  if (at_point != nullptr) at_point(address);
}

void Notes::full(std::span<const translate::Access> some) {
  accesses.insert(accesses.end(), some.begin(), some.end());
}

void Notes::spinning() {
  ++spins;
  if (set_when_spinning != nullptr) *set_when_spinning = 1;
}

Library::Library(const std::string& name)
    : handle_(::dlopen((std::string(SURISIM_TRANSLATED_DIR) + "/" + name + ".so").c_str(),
                       RTLD_NOW | RTLD_LOCAL)) {
  EXPECT_NE(handle_, nullptr) << ::dlerror();
}

Library::~Library() {
  if (handle_ != nullptr) ::dlclose(handle_);
}

std::uintptr_t Library::address(const char* symbol) const {
  void* const found = ::dlsym(handle_, symbol);
  EXPECT_NE(found, nullptr) << symbol;
  return reinterpret_cast<std::uintptr_t>(found);
}

std::vector<std::string> libraries_of_cases() {
  std::vector<std::string> names = {"asm_cases",   "c_O0",          "c_O1",          "c_O2",
                                    "c_O3_native", "c_Os_no_plt",   "cpp_O0",        "cpp_O1",
                                    "cpp_O2",      "cpp_O3_native", "cpp_Os_no_plt", "cpp_static"};
  for (const char* rust : {"rust_cases", "rust_unoptimized"}) {
    const std::string file = std::string(SURISIM_TRANSLATED_DIR) + "/" + rust + ".so";
    if (std::filesystem::exists(file)) names.emplace_back(rust);
  }
  return names;
}

}  // namespace surisim::test
