#include "conf/configuration.hpp"

#include <fmt/format.h>
#include <suricata/conf.h>

#include "conf/conf_tree.hpp"
#include "conf/conf_yaml.hpp"

namespace surisim::engine {

namespace {

expected<void> apply(const std::string& setting) {
  const auto bad = [&setting](const std::string& expectation) {
    constexpr std::size_t kShown = 80;  // bytes of what may be a whole file
    return fail(ErrorCode::invalid_option,
                fmt::format("configuration setting \"{}{}\": {}", setting.substr(0, kShown),
                            setting.size() > kShown ? "…" : "", expectation));
  };
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos) return bad("expected key=value, such as stats.enabled=no");
  if (setting.find('\0') != std::string::npos) return bad("has a NUL byte; expected text");
  if (setting.find_first_not_of(" \t\n\v\f\r") == equals) return bad("expected a key before the =");
  if (equals >= abi::kConfNameMax)
    return bad(
        fmt::format("the key has {} bytes; expected {} at most", equals, abi::kConfNameMax - 1));
  if (SCConfSetFromString(setting.c_str(), 1) != 1)
    return fail(ErrorCode::out_of_memory, "out of memory for the configuration");
  return {};
}

}  // namespace

expected<void> load_configuration(const Options& options) {
  for (const std::string& setting : options.config_settings)
    if (auto done = apply(setting); !done) return done;
  if (options.config_file.empty()) return {};
  return load_conf_file(options.config_file, SCConfGetRootNode());
}

}  // namespace surisim::engine
