// What capture plugins ask about a device's settings, its network card, the machine, and whether
// Suricata may drop packets. Source: util-conf.c, util-bpf.c, util-checksum.c, util-ioctl.c,
// util-cpu.c, util-host-info.c, suricata.c.
#include <suricata/conf.h>
#include <suricata/suricata.h>
#include <suricata/util-bpf.h>
#include <suricata/util-checksum.h>
#include <suricata/util-conf.h>
#include <suricata/util-cpu.h>
#include <suricata/util-debug.h>
#include <suricata/util-host-info.h>
#include <suricata/util-ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <limits>

#include "abi/host_function.hpp"

using namespace surisim::abi;

namespace {

std::uint16_t processors(int which) {
  constexpr long kMost = std::numeric_limits<std::uint16_t>::max();
  return static_cast<std::uint16_t>(std::clamp(::sysconf(which), 0L, kMost));
}

}  // namespace

SURISIM_ABI SCConfNode* ConfFindDeviceConfig(SCConfNode* node, const char* iface) {
  note_call(__func__);
  SURISIM_NOT_NULL(node);
  SCConfNode* entry = nullptr;
  TAILQ_FOREACH(entry, &node->head, next) {
    const SCConfNode* field = nullptr;
    TAILQ_FOREACH(field, &entry->head, next) {
      if (std::strcmp(field->name, "interface") != 0) continue;
      SURISIM_NOT_NULL(field->val);
      SURISIM_NOT_NULL(iface);
      if (std::strcmp(field->val, iface) == 0) return entry;
    }
  }
  return nullptr;
}

SURISIM_ABI void ConfSetBPFFilter(SCConfNode* if_root, SCConfNode* if_default, const char*,
                                  const char** bpf_filter) {
  note_call(__func__);
  SURISIM_NOT_NULL(bpf_filter);
  if (*bpf_filter != nullptr || SCConfGetNonNull("bpf-filter", bpf_filter) == 1) return;
  (void)SCConfGetChildValueWithDefault(if_root, if_default, "bpf-filter", bpf_filter);
}

SURISIM_ABI int ChecksumAutoModeCheck(uint64_t thread_count, uint64_t iface_count,
                                      uint64_t iface_fail) {
  if (thread_count != CHECKSUM_SAMPLE_COUNT || iface_fail == 0) return 0;
  const bool offloaded = iface_count / iface_fail < CHECKSUM_INVALID_RATIO;
  SCLogInfo("%" PRIu64 " of %" PRIu64 " packets have a wrong checksum: offloading is %s",
            iface_fail, iface_count, offloaded ? "assumed" : "not assumed");
  return offloaded ? 1 : 0;
}

SURISIM_ABI int GetIfaceOffloading(const char* dev, int, int) {
  SURISIM_NOT_NULL(dev);
  return 0;
}

SURISIM_ABI int DisableIfaceOffloading(LiveDevice* dev, int, int) {
  SURISIM_NOT_NULL(dev);
  return 0;
}

SURISIM_ABI int GetIfaceRSSQueuesNum(const char* dev) {
  SURISIM_NOT_NULL(dev);
  return 0;
}

SURISIM_ABI uint16_t UtilCpuGetNumProcessorsConfigured(void) {
  return processors(_SC_NPROCESSORS_CONF);
}

SURISIM_ABI uint16_t UtilCpuGetNumProcessorsOnline(void) {
  return processors(_SC_NPROCESSORS_ONLN);
}

SURISIM_ABI int SCKernelVersionIsAtLeast(int major, int minor) {
  utsname kernel{};
  int has_major = 0;
  int has_minor = 0;
  if (::uname(&kernel) != 0 || std::sscanf(kernel.release, "%d.%d", &has_major, &has_minor) != 2)
    return 0;
  return has_major > major || (has_major == major && has_minor >= minor) ? 1 : 0;
}

SURISIM_ABI int EngineModeIsIDS(void) { return 1; }
SURISIM_ABI int EngineModeIsIPS(void) { return 0; }
SURISIM_ABI bool EngineModeIsFirewall(void) { return false; }
