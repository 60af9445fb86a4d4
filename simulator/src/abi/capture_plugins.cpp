// C functions for capture plugins, which register themselves, run modes and devices, look up thread
// modules and settings, work on single packets, and stop the engine. capture_plugin/ runs what is
// registered here. Source: util-plugin.c, runmodes.c, tm-modules.c,
// util-device.c, suricata.c, util-conf.c, util-bpf.c, util-checksum.c, util-ioctl.c, util-cpu.c,
// util-host-info.c, packet.c, decode.c, packet-queue.c.
#include "abi/capture_plugins.hpp"

#include <suricata/conf.h>
#include <suricata/decode.h>
#include <suricata/packet-queue.h>
#include <suricata/packet.h>
#include <suricata/runmodes.h>
#include <suricata/suricata.h>
#include <suricata/tm-modules.h>
#include <suricata/util-bpf.h>
#include <suricata/util-checksum.h>
#include <suricata/util-conf.h>
#include <suricata/util-cpu.h>
#include <suricata/util-datalink.h>
#include <suricata/util-debug.h>
#include <suricata/util-host-info.h>
#include <suricata/util-ioctl.h>
#include <suricata/util-time.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

namespace surisim::abi {

const RegisteredCapture* CapturePlugins::find(std::string_view name) const {
  const auto found =
      std::find_if(plugins.begin(), plugins.end(), [name](const RegisteredCapture& one) {
        return one.plugin->name != nullptr && name == one.plugin->name;
      });
  return found == plugins.end() ? nullptr : &*found;
}

const RegisteredRunMode* CapturePlugins::find_mode(std::string_view name) const {
  const auto found = std::find_if(modes.begin(), modes.end(), [name](const RegisteredRunMode& one) {
    return one.name == name;
  });
  return found == modes.end() ? nullptr : &*found;
}

LiveDevice_* CapturePlugins::find_device(std::string_view name) {
  const auto found = std::find_if(devices.begin(), devices.end(),
                                  [name](const LiveDevice_& one) { return one.name == name; });
  return found == devices.end() ? nullptr : &*found;
}

void CapturePlugins::add_device(const char* name) {
  const auto id = static_cast<std::uint16_t>(devices.size() + 1);
  devices.push_back({name, short_device_name(name), 0, id});
}

void CapturePlugins::make_devices() {
  for (const std::string& name : named_devices) add_device(name.c_str());
  named_devices.clear();
}

const LiveDevice_* device_at(const void* livedev) {
  std::uintptr_t pointer = 0;
  if (host().layout.flow.livedev_size == sizeof pointer) {
    std::memcpy(&pointer, livedev, sizeof pointer);
    return reinterpret_cast<const LiveDevice_*>(pointer);
  }
  std::uint16_t id = 0;
  std::memcpy(&id, livedev, sizeof id);
  const auto& devices = state().capture.devices;
  return id == 0 || id > devices.size() ? nullptr : &devices[id - 1U];
}

std::string short_device_name(const std::string& device) {
  constexpr std::size_t kMost = 10;
  if (device.size() <= kMost) return device;
  if (device.starts_with("0000:")) return device.substr(5, kMost);
  if (host().shortens_with_dots)
    return device.substr(0, 4) + ".." + device.substr(device.size() - 4);
  return device.substr(0, 4) + '~' + device.substr(device.size() - 5);
}

}  // namespace surisim::abi

using namespace surisim::abi;

TmModule tmm_modules[TMM_SIZE];
std::uint32_t default_packet_size = 1514;
std::uint32_t max_pending_packets = 1024;

SURISIM_ABI int SCPluginRegisterCapture(SCCapturePlugin* plugin) {
  note_call(__func__);
  SURISIM_NOT_NULL(plugin);
  const HostScope host;
  state().capture.plugins.push_back({plugin, running_plugin()});
  list_registration("capture", plugin->name, -1);
  return 0;
}

SURISIM_ABI SCCapturePlugin* SCPluginFindCaptureByName(const char* name) {
  SURISIM_NOT_NULL(name);
  const RegisteredCapture* const found = state().capture.find(name);
  return found == nullptr ? nullptr : found->plugin;
}

SURISIM_ABI void RunModeRegisterNewRunMode(enum SCRunModes runmode, const char* name,
                                           const char* description, int (*RunModeFunc)(void),
                                           int (*)(void)) {
  note_call(__func__);
  SURISIM_NOT_NULL(name);
  SURISIM_NOT_NULL(description);
  const HostScope host;
  if (runmode != RUNMODE_PLUGIN) return;  // a mode of another capture, which is not run here
  CapturePlugins& all = state().capture;
  if (all.find_mode(name) != nullptr) {
    const std::string message =
        "runmode '" + std::string(name) + "' has already been registered: expected another name";
    notify(FatalCall{__func__, message.c_str(), true, SURISIM_CALLER});
    return;
  }
  all.modes.push_back({name, RunModeFunc});
}

SURISIM_ABI char* RunmodeGetActive(void) {
  std::string& active = state().capture.active_mode;
  return active.empty() ? nullptr : active.data();
}

SURISIM_ABI TmModule* TmModuleGetByName(const char* name) {
  SURISIM_NOT_NULL(name);
  for (TmModule& module : tmm_modules) {
    if (module.name != nullptr && std::strcmp(module.name, name) == 0) return &module;
  }
  return nullptr;
}

SURISIM_ABI TmModule* TmModuleGetById(int id) {
  if (id >= 0 && id < TMM_SIZE) return &tmm_modules[id];
  SCLogError("there is no thread module with the id %d", id);
  return nullptr;
}

SURISIM_ABI int TmModuleGetIDForTM(TmModule* tm) {
  SURISIM_NOT_NULL(tm);
  const TmModule* const found = tm->name == nullptr ? nullptr : TmModuleGetByName(tm->name);
  return found == nullptr ? -1 : static_cast<int>(found - tmm_modules);
}

// [any thread]
SURISIM_ABI void EngineStop(void) {
  note_call(__func__);
  __atomic_or_fetch(&suricata_ctl_flags, SURICATA_STOP, __ATOMIC_RELEASE);
}

SURISIM_ABI void EngineDone(void) {
  note_call(__func__);
  __atomic_or_fetch(&suricata_ctl_flags, SURICATA_DONE, __ATOMIC_RELEASE);
}

// No effect: with a capture plugin the engine is live anyway, and no other packets are decoded.
SURISIM_ABI void TimeModeSetLive(void) {}
SURISIM_ABI void DatalinkSetGlobalType(int) {}

SURISIM_ABI int LiveRegisterDevice(const char* dev) {
  note_call(__func__);
  SURISIM_NOT_NULL(dev);
  const HostScope host;
  state().capture.add_device(dev);
  return 0;
}

SURISIM_ABI int LiveRegisterDeviceName(const char* dev) {
  note_call(__func__);
  SURISIM_NOT_NULL(dev);
  const HostScope host;
  state().capture.named_devices.emplace_back(dev);
  return 0;
}

SURISIM_ABI int LiveGetDeviceCount(void) {
  return static_cast<int>(state().capture.devices.size());
}

SURISIM_ABI const char* LiveGetDeviceName(int number) {
  const auto& devices = state().capture.devices;
  const auto at = static_cast<std::size_t>(number);
  return number >= 0 && at < devices.size() ? devices[at].name.c_str() : nullptr;
}

SURISIM_ABI LiveDevice* LiveGetDevice(const char* dev) {
  return dev == nullptr ? nullptr : state().capture.find_device(dev);
}

SURISIM_ABI const char* LiveGetShortName(const char* dev) {
  const LiveDevice* const device = LiveGetDevice(dev);
  return device == nullptr ? nullptr : device->short_name.c_str();
}

SURISIM_ABI int LiveBuildDeviceListCustom(const char* base, const char* itemname) {
  SURISIM_NOT_NULL(base);
  SURISIM_NOT_NULL(itemname);
  const SCConfNode* const list = SCConfGetNode(base);
  if (list == nullptr) return 0;
  int found = 0;
  const SCConfNode* entry = nullptr;
  TAILQ_FOREACH(entry, &list->head, next) {
    const SCConfNode* field = nullptr;
    TAILQ_FOREACH(field, &entry->head, next) {
      if (field->name == nullptr || field->val == nullptr) continue;
      if (std::strcmp(field->name, itemname) != 0) continue;
      if (std::strcmp(field->val, "default") == 0) break;
      LiveRegisterDeviceName(field->val);
      ++found;
    }
  }
  return found;
}

SURISIM_ABI int LiveBuildDeviceList(const char* base) {
  return LiveBuildDeviceListCustom(base, "interface");
}

SURISIM_ABI uint16_t LiveDeviceGetId(const LiveDevice* dev) { return dev == nullptr ? 0 : dev->id; }

SURISIM_ABI LiveDevice* LiveDeviceGetById(const int id) {
  auto& devices = state().capture.devices;
  const auto at = static_cast<std::size_t>(id);
  return id < 1 || at > devices.size() ? nullptr : &devices[at - 1];
}

SURISIM_ABI int LiveGetOffload(void) {
  int disable = 1;
  return SCConfGetBool("capture.disable-offloading", &disable) == 0 || disable != 0 ? 1 : 0;
}

SURISIM_ABI void LiveDeviceHasNoStats(void) {}

// NULL is not checked for in Suricata either.
SURISIM_ABI uint64_t LiveDevicePktsGet(LiveDevice* dev) {
  SURISIM_NOT_NULL(dev);
  return std::atomic_ref(dev->packets).load(std::memory_order_relaxed);
}

SURISIM_ABI void LiveDevicePktsAdd(LiveDevice* dev, uint64_t n) {
  SURISIM_NOT_NULL(dev);
  std::atomic_ref(dev->packets).fetch_add(n, std::memory_order_relaxed);
}

SURISIM_ABI uint64_t LiveDeviceInvalidChecksumsGet(LiveDevice* dev) {
  SURISIM_NOT_NULL(dev);
  return 0;
}

SURISIM_ABI void LiveDeviceDropAdd(LiveDevice* dev, uint64_t) { SURISIM_NOT_NULL(dev); }
SURISIM_ABI void LiveDeviceBypassedAdd(LiveDevice* dev, uint64_t) { SURISIM_NOT_NULL(dev); }

// Settings of a device, its network card, the machine, and whether Suricata may drop packets.

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

// Single packets, and queues of packets.

namespace {

constexpr std::uint32_t kMostPayload = 65'604;  // MAX_PAYLOAD_SIZE

// Both kinds of queue have the same first fields.
template <class Queue>
void put(Queue* queue, Packet* p) {
  if (p == nullptr) return;
  const PacketLayout& in = in_packet();
  in.prev(*p) = nullptr;
  in.next(*p) = queue->top;
  if (queue->top != nullptr) {
    in.prev(*queue->top) = p;
  } else {
    queue->bot = p;
  }
  queue->top = p;
  ++queue->len;
}

template <class Queue>
Packet* take(Queue* queue) {
  if (queue->len == 0) return nullptr;
  const PacketLayout& in = in_packet();
  Packet* const p = queue->bot;
  Packet* const before = in.prev(*p);
  queue->bot = before;
  if (before != nullptr) {
    in.next(*before) = nullptr;
  } else {
    queue->top = nullptr;
  }
  --queue->len;
  in.next(*p) = in.prev(*p) = nullptr;
  return p;
}

}  // namespace

SURISIM_ABI void PacketEnqueueNoLock(PacketQueueNoLock* queue, Packet* p) {
  SURISIM_NOT_NULL(queue);
  put(queue, p);
}

SURISIM_ABI void PacketEnqueue(PacketQueue* queue, Packet* p) {
  SURISIM_NOT_NULL(queue);
  put(queue, p);
}

SURISIM_ABI Packet* PacketDequeueNoLock(PacketQueueNoLock* queue) {
  SURISIM_NOT_NULL(queue);
  return take(queue);
}

SURISIM_ABI Packet* PacketDequeue(PacketQueue* queue) {
  SURISIM_NOT_NULL(queue);
  return take(queue);
}

SURISIM_ABI void SCPacketSetDatalink(Packet* p, int datalink) {
  SURISIM_NOT_NULL(p);
  in_packet().datalink(*p) = datalink;
}

SURISIM_ABI void SCPacketSetSource(Packet* p, enum PktSrcEnum source) {
  SURISIM_NOT_NULL(p);
  in_packet().pkt_src(*p) = static_cast<std::uint8_t>(source);
}

SURISIM_ABI void SCPacketSetTime(Packet* p, SCTime_t ts) {
  SURISIM_NOT_NULL(p);
  p->ts = ts;
}

SURISIM_ABI void SCPacketSetReleasePacket(Packet* p, void (*release)(Packet*)) {
  SURISIM_NOT_NULL(p);
  p->ReleasePacket = release;
}

SURISIM_ABI uint64_t PcapPacketCntGet(const Packet* p) {
  if (p == nullptr || !state().packet_time.is_of_packets()) return 0;
  return in_packet().pcap_cnt(*p);
}

SURISIM_ABI void PcapPacketCntSet(Packet* p, uint64_t pcap_cnt) {
  if (p != nullptr && state().packet_time.is_of_packets()) in_packet().pcap_cnt(*p) = pcap_cnt;
}

SURISIM_ABI bool PacketCheckAction(const Packet* p, uint8_t actions) {
  SURISIM_NOT_NULL(p);
  return (in_packet().action(*p) & actions) != 0;
}

SURISIM_ABI int PacketCopyData(Packet* p, const uint8_t* pktdata, uint32_t pktlen) {
  SURISIM_NOT_NULL(p);
  const HostScope host;
  const PacketLayout& in = in_packet();
  in.pktlen(*p) = 0;
  if (pktlen > kMostPayload) return -1;
  std::uint8_t*& external = in.ext_pkt(*p);
  if (external == nullptr && pktlen > default_packet_size) {
    external = static_cast<std::uint8_t*>(std::malloc(kMostPayload));
    if (external == nullptr) return -1;
  }
  in.pktlen(*p) = pktlen;
  std::uint8_t* const to = external == nullptr ? &in.pkt_data(*p) : external;
  if (pktlen > 0) std::memcpy(to, pktdata, pktlen);
  return 0;
}

SURISIM_ABI int PacketSetData(Packet* p, const uint8_t* pktdata, uint32_t pktlen) {
  SURISIM_NOT_NULL(p);
  in_packet().pktlen(*p) = pktlen;
  if (pktdata == nullptr) return -1;
  in_packet().ext_pkt(*p) = const_cast<std::uint8_t*>(pktdata);
  p->flags |= PKT_ZERO_COPY;
  return 0;
}
