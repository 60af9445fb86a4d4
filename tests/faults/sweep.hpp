// `surisim run --fail KIND:*` on a sample plugin: a small run with one worker.
#pragma once

#include <string>

#include "subprocess.hpp"

namespace surisim::test {

inline Ran sweep(const std::string& name, const std::string& kind, const Arguments& more = {}) {
  Arguments arguments = {
      "run", plugin(name),         "--fail", kind + ":*", "--threads", "1",         "--flows",
      "4",   "--packets-per-flow", "2",      "--alerts",  "0.5",       "--fail-on", "warning"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return surisim(arguments);
}

}  // namespace surisim::test
