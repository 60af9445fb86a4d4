// Checks what a scenario names outside its text: files, and the threads of its run.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/user_input.hpp"
#include "scenario/script.hpp"
#include "threads/thread_names.hpp"

namespace surisim::scenario {

namespace {

// "" if the file can be read.
std::string why_unreadable(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return "it is a directory";
  return ::access(path.c_str(), R_OK) == 0 ? "" : std::strerror(errno);
}

bool is_used(const NamedFile& file, const Scenario& by) {
  if (file.kind == NamedFile::Kind::config) return by.options.config_file == file.path;
  return std::find(by.plugins.begin(), by.plugins.end(), file.path) != by.plugins.end();
}

// Plugins may make threads of other names.
bool is_of_suricata(std::string_view name) {
  return name.starts_with("W#") || name.starts_with("RX#") || name.starts_with("FM#") ||
         name.starts_with("FR#");
}

class Checked {
 public:
  explicit Checked(const Scenario& scenario)
      : scenario_(scenario), names_(engine::thread_names(scenario.options)) {}

  // "FILE:LINE:COLUMN: …" for the first mistake; empty: there is none.
  std::string mistake() {
    for (const NamedFile& file : scenario_.script->files) {
      if (!is_used(file, scenario_)) continue;
      if (const std::string why = why_unreadable(file.path); !why.empty())
        return at(file.line, file.column,
                  fmt::format("cannot read \"{}\": {}", base::shown(file.path), why));
    }
    for (const Step& step : scenario_.script->steps) {
      line_ = step.line;
      std::visit([this](const auto& action) { look_at(action); }, step.action);
      if (!mistake_.empty()) break;
    }
    return mistake_;
  }

 private:
  std::string at(std::uint32_t line, std::uint32_t column, const std::string& what) const {
    return fmt::format("{}:{}:{}: {}", scenario_.file, line, column, what);
  }

  void look_at(const AddFlow& step) { require(step.worker); }
  void look_at(const SendRaw& step) { require(step.worker); }
  void look_at(const EndFlow& step) { require(step.worker); }
  void look_at(const HoldThread& step) { require(step.thread); }
  void look_at(const ReleaseThread& step) { require(step.thread); }
  void look_at(const Expectation& step) {
    if (const auto* const value = std::get_if<ExpectValue>(&step)) require(value->thread);
    if (const auto* const calls = std::get_if<ExpectCallbacks>(&step)) {
      require(calls->thread);
      require(calls->tv);
    }
  }
  template <class Other>
  void look_at(const Other&) {}

  void require(const ThreadRef& thread) {
    if (!mistake_.empty() || thread.column == 0 || exists(thread)) return;
    std::vector<std::string> known;
    for (const std::string& name : names_)
      if (is_of_suricata(name)) known.push_back(name);
    constexpr std::size_t kMost = 12;
    const auto end = known.begin() + static_cast<std::ptrdiff_t>(std::min(known.size(), kMost));
    mistake_ = at(
        line_, thread.column,
        fmt::format("there is no {}; the threads are {}{}",
                    thread.worker != 0 ? fmt::format("worker {}", thread.worker)
                                       : fmt::format("thread \"{}\"", base::shown(thread.name)),
                    fmt::join(known.begin(), end, ", "),
                    known.size() > kMost ? fmt::format(" and {} more", known.size() - kMost) : ""));
  }

  bool exists(const ThreadRef& thread) const {
    if (thread.worker != 0) {
      const auto workers = std::count_if(names_.begin(), names_.end(),
                                         [](const auto& name) { return name.starts_with("W#"); });
      return thread.worker <= static_cast<std::uint64_t>(workers);
    }
    return !is_of_suricata(thread.name) ||
           std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
             return name == thread.name || name.starts_with(thread.name + "-");
           });
  }

  const Scenario& scenario_;
  const std::vector<std::string> names_;
  std::uint32_t line_ = 0;
  std::string mistake_;
};

}  // namespace

}  // namespace surisim::scenario

namespace surisim {

expected<void> check_scenario(const Scenario& scenario) {
  std::string mistake = scenario::Checked(scenario).mistake();
  if (!mistake.empty()) return fail(ErrorCode::invalid_option, std::move(mistake));
  return {};
}

}  // namespace surisim
