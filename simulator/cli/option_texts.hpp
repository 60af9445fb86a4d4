// Options are read as text, and turned into values once all is known: CLI11's own conversions wrap
// negative numbers around and cannot name a range.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "values.hpp"

namespace surisim::cli {

class Texts {
 public:
  using Apply = std::function<void(const std::string& option, const std::string& text)>;

  explicit Texts(CLI::App& app) : app_(app) {}

  void add(const std::string& option, const std::string& what, const std::string& value,
           Apply apply);
  // An option that may be given several times.
  void add_many(const std::string& option, const std::string& what, const std::string& value,
                Apply apply);
  template <class T>
  void count(const std::string& option, const std::string& what, T& to, std::uint64_t least,
             std::uint64_t most) {
    add(option, fmt::format("{} ({})", what, to), "N",
        [&to, least, most](const std::string& name, const std::string& text) {
          to = static_cast<T>(parse_count(name, text, least, most));
        });
  }
  void share(const std::string& option, const std::string& what, double& to);

  // The first of these options that was given; empty: none of them.
  std::string given(std::initializer_list<std::string_view> options) const;
  // These options' names and texts, in the order of the command line.
  std::vector<std::pair<std::string, std::string>> in_order(
      std::initializer_list<std::string_view> options) const;
  void apply() const;

 private:
  struct Entry {
    std::string name;
    std::vector<std::string> texts;
    Apply apply;
    CLI::Option* option = nullptr;
  };
  CLI::App& app_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

// What `add` adds to `app` stands under this heading in the help.
void in_group(CLI::App& app, const char* name, const std::function<void()>& add);

// `text`, or a UsageError that says that `what` was expected: "a file name".
const std::string& not_empty(const std::string& option, const char* what, const std::string& text);

}  // namespace surisim::cli
