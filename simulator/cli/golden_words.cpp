// Implements golden_words.hpp.
#include "golden_words.hpp"

#include <algorithm>
#include <cstddef>

#include "base/user_input.hpp"
#include "output.hpp"

namespace surisim::cli {

Lifecycle read_golden(const std::string& file) {
  const auto text = base::read_text_file(file, "a golden file, which surisim record writes");
  if (!text) throw UsageError(text.error().message);
  auto golden = parse_lifecycle(*text);
  if (!golden) throw UsageError("{}: {}", file, golden.error());
  return std::move(*golden);
}

std::vector<std::string> words_of(const Lifecycle& golden, const std::vector<std::string>& given) {
  std::vector<std::string> words;
  for (const std::string& setting : golden.settings) {
    const std::size_t space = setting.find(' ');
    const std::string option = setting.substr(0, space);
    const auto repeats = [&](const std::string& word) {
      return word == option || word.starts_with(option + "=");
    };
    if (std::any_of(given.begin(), given.end(), repeats)) continue;
    words.push_back(space == std::string::npos ? option : option + "=" + setting.substr(space + 1));
  }
  return words;
}

}  // namespace surisim::cli
