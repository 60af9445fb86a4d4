#include "option_texts.hpp"

#include <algorithm>
#include <map>

#include "exit_status.hpp"

namespace surisim::cli {

void Texts::add(const std::string& option, const std::string& what, const std::string& value,
                Apply apply) {
  auto& entry = entries_.emplace_back(std::make_unique<Entry>());
  entry->apply = std::move(apply);
  entry->option = app_.add_option(option, entry->texts, what)->type_name(value)->expected(1);
  entry->option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  entry->name = option.substr(option.find("--"));
}

void Texts::add_many(const std::string& option, const std::string& what, const std::string& value,
                     Apply apply) {
  add(option, what, value, std::move(apply));
  entries_.back()->option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void Texts::share(const std::string& option, const std::string& what, double& to) {
  add(option, fmt::format("{} ({})", what, to), "SHARE",
      [&to](const std::string& name, const std::string& text) { to = parse_share(name, text); });
}

std::string Texts::given(std::initializer_list<std::string_view> options) const {
  for (const auto& entry : entries_) {
    const bool asked = std::find(options.begin(), options.end(), entry->name) != options.end();
    if (asked && !entry->texts.empty()) return entry->name;
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> Texts::in_order(
    std::initializer_list<std::string_view> options) const {
  std::vector<std::pair<std::string, std::string>> found;
  std::map<const Entry*, std::size_t> seen;
  for (const CLI::Option* option : app_.parse_order()) {
    const auto at = std::find_if(entries_.begin(), entries_.end(),
                                 [&](const auto& entry) { return entry->option == option; });
    if (at == entries_.end()) continue;
    const Entry& entry = **at;
    const std::size_t n = seen[&entry]++;
    if (std::find(options.begin(), options.end(), entry.name) != options.end() &&
        n < entry.texts.size())
      found.emplace_back(entry.name, entry.texts[n]);
  }
  return found;
}

void Texts::apply() const {
  for (const auto& entry : entries_)
    for (const std::string& text : entry->texts) entry->apply(entry->name, text);
}

void in_group(CLI::App& app, const char* name, const std::function<void()>& add) {
  const auto before = app.get_options();
  add();
  for (CLI::Option* option : app.get_options())
    if (std::find(before.begin(), before.end(), option) == before.end()) option->group(name);
}

const std::string& not_empty(const std::string& option, const char* what, const std::string& text) {
  if (text.empty()) throw UsageError(fmt::format("{}: expected {}, got \"\"", option, what));
  return text;
}

}  // namespace surisim::cli
