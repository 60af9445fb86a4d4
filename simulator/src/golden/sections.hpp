// The sections of a Lifecycle while it is put together.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "surisim/golden.hpp"

namespace surisim::golden {

// What is told of each thread lifecycle is told of the first, and of others where they differ.
class Sections {
 public:
  // Appends a line to a sequence. `lifecycle`: from 1; 0 for what belongs to none (L28).
  void happens(std::uint32_t lifecycle, const std::string& title, const std::string& thread,
               std::string line);
  // Notes that something happens at all; lines of a set are sorted by rank, then text.
  void is_so(std::uint32_t lifecycle, const std::string& title, int rank, std::string line);

  std::vector<LifecycleSection> take();

 private:
  using Key = std::tuple<std::string, std::string>;  // title, thread
  struct Part {
    std::vector<LifecycleSection> sequences;
    std::map<Key, std::size_t> places;
    std::map<std::string, std::set<std::pair<int, std::string>>> sets;
  };
  static std::vector<LifecycleSection> sections_of(Part& part);

  std::map<std::uint32_t, Part> parts_;
};

// A name that a plugin chose, in quotes, on one line.
std::string quoted_name(std::string_view name);
// The same without quotes.
std::string plain(std::string_view text);

}  // namespace surisim::golden
