// A library of tests/translate/plugins, loaded and if requested translated.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "translate/translation.hpp"

namespace surisim::test {

// Records its calls.
class Notes : public translate::Watcher {
 public:
  struct Point {
    translate::Site site;
    std::uintptr_t address;
    long value;  // that it had
  };

  void point(const translate::Site& site, std::uintptr_t address) override;
  void full(std::span<const translate::Access> some) override;
  void spinning() override;

  std::vector<Point> points;
  std::vector<translate::Access> accesses;  // of full()
  int spins = 0;
  void (*at_point)(std::uintptr_t address) = nullptr;
  int* set_when_spinning = nullptr;
};

class Library {
 public:
  // "c_O2" is c_O2.so; fails the test if it cannot be loaded.
  explicit Library(const std::string& name);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  void* handle() const { return handle_; }
  std::uintptr_t address(const char* symbol) const;
  template <class Function>
  Function* function(const char* symbol) const {
    return reinterpret_cast<Function*>(address(symbol));
  }

 private:
  void* handle_;
};

// Names of those that have cases.h, compiled in several ways.
std::vector<std::string> libraries_of_cases();

}  // namespace surisim::test
