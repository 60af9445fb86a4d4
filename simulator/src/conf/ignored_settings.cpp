// The sections of the configuration that decide, in Suricata, which packets have which flow, and
// when flows end; here that is fixed (T1 to T14).
#include "conf/ignored_settings.hpp"

#include <suricata/conf.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace surisim::conf {

namespace {

constexpr std::array kSections = {"decoder",        "defrag",  "flow",   "flow-timeouts",
                                  "host-os-policy", "livedev", "stream", "vlan"};
constexpr std::array<std::string_view, 5> kRead = {"flow.emergency-recovery", "flow.hash-size",
                                                   "flow.memcap", "flow.prealloc",
                                                   "stream.checksum-validation"};

}  // namespace

void name_ignored_settings() {
  std::string ignored;
  for (const char* const section : kSections) {
    const SCConfNode* const node = SCConfGetNode(section);
    if (node == nullptr) continue;
    const SCConfNode* setting = nullptr;
    TAILQ_FOREACH(setting, &node->head, next) {
      if (setting->name == nullptr) continue;
      const std::string name = std::string(section) + "." + setting->name;
      if (std::find(kRead.begin(), kRead.end(), name) != kRead.end()) continue;
      ignored += (ignored.empty() ? "" : ", ") + name;
    }
  }
  if (ignored.empty()) return;
  SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "conf",
           "settings that Suricata reads and surisim ignores: %s", ignored.c_str());
}

}  // namespace surisim::conf
