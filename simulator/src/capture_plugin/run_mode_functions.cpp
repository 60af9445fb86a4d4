// The functions of util-runmodes.c that make the threads of capture plugins' run modes.
#include <fmt/format.h>
#include <suricata/runmodes.h>
#include <suricata/util-debug.h>
#include <suricata/util-device.h>
#include <suricata/util-runmodes.h>

#include <algorithm>
#include <string>
#include <vector>

#include "abi/capture_plugins.hpp"
#include "abi/host.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "capture_plugin/capture_plugin_source.hpp"

using namespace surisim::abi;
namespace engine = surisim::engine;
using engine::CapturePluginSource;

namespace {

using Config = ConfigIfaceParserFunc;
using Count = ConfigIfaceThreadsCountFunc;

// The arguments that all run modes get.
struct Live {
  Config config;
  Count count;
  const char* receive;
  const char* decode;
  const char* thread_name;
};

std::vector<std::string> registered_devices() {
  std::vector<std::string> names;
  const int count = LiveGetDeviceCount();
  names.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) names.emplace_back(LiveGetDeviceName(i));
  return names;
}

// The registered devices; if there is at most one, the device that the plugin names.
std::vector<std::string> devices_of(const char* live_dev) {
  std::vector<std::string> names = registered_devices();
  if (live_dev != nullptr && names.size() <= 1) return {live_dev};
  return names;
}

// How many threads the plugin wants. Its function returns 16 bits in 9.0, an int in 8.0.
int count_of(Count count, void* config) {
  if (host().version == surisim::Suricata::v9_0) return count(config);
  return reinterpret_cast<int (*)(void*)>(reinterpret_cast<void (*)()>(count))(config);
}

constexpr int kMostReceivers = 1024;  // per device; 8.0 has no such limit (E39)

int most_workers() { return static_cast<int>(CapturePluginSource::current()->worker_threads()); }

// Ends the engine, as in Suricata.
int refuse(const char* function, const std::string& message, const void* caller) {
  SCLogError("%s", message.c_str());
  notify(FatalCall{function, message.c_str(), true, caller});
  return -1;
}

// False: there is no such module.
bool append(ThreadVars* tv, const char* name, const void* data) {
  TmModule* const module = TmModuleGetByName(name);
  if (module == nullptr) return false;
  TmSlotSetFuncAppend(tv, module, data);
  return true;
}

std::string numbered(const char* prefix, int number, const std::string& device, bool shortened) {
  std::string name = fmt::format("{}#{:02}", prefix, number);
  if (device.empty()) return name;
  return name + '-' + (shortened ? short_device_name(device) : device);
}

// Makes the threads that receive from one device: a single thread with `one`, or as many as the
// plugin wants. Their packets go to `queues`; without queues the threads also handle them. Returns
// an error, or an empty string.
std::string add_receivers(const Live& live, const std::string& device, bool named, bool one,
                          const std::string& queues) {
  CapturePluginSource& source = *CapturePluginSource::current();
  void* const config = live.config(device.c_str());
  if (config == nullptr) return fmt::format("there is no configuration for device {}", device);
  const std::string shown = named ? device : "";
  const bool by_flow = !queues.empty();
  const int most = by_flow ? kMostReceivers : most_workers();
  const int threads = one ? 1 : std::min(count_of(live.count, config), most);
  for (int i = 1; i <= threads; ++i) {
    const std::string name = numbered(live.thread_name, i, shown, true);
    ThreadVars* const tv =
        source.create({.name = name.c_str(),
                       .in_queue = "packetpool",
                       .in_handler = "packetpool",
                       .out_queues = by_flow ? queues.c_str() : "packetpool",
                       .out_handler = by_flow ? "flow" : "packetpool",
                       .function = "pktacqloop",
                       .printable_name = named ? numbered(live.thread_name, i, device, false) : "",
                       .iface_name = shown});
    if (tv == nullptr) return fmt::format("thread {} could not be created", name);
    if (!append(tv, live.receive, config))
      return fmt::format("there is no module {}", live.receive);
    if (!append(tv, live.decode, nullptr)) return fmt::format("there is no module {}", live.decode);
    if (!by_flow) {
      append(tv, "FlowWorker", nullptr);
      append(tv, "RespondReject", nullptr);
    }
    if (TmThreadSpawn(tv) != TM_ECODE_OK) return fmt::format("thread {} was not started", name);
  }
  return "";
}

std::string add_workers(int threads) {
  for (int i = 1; i <= threads; ++i) {
    const std::string name = numbered(thread_name_workers, i, "", true);
    const std::string queue = fmt::format("pickup{}", i);
    ThreadVars* const tv = TmThreadCreatePacketHandler(name.c_str(), queue.c_str(), "flow",
                                                       "packetpool", "packetpool", "varslot");
    if (tv == nullptr) return fmt::format("thread {} could not be created", name);
    append(tv, "FlowWorker", nullptr);
    append(tv, "RespondReject", nullptr);
    if (TmThreadSpawn(tv) != TM_ECODE_OK) return fmt::format("thread {} was not started", name);
  }
  return "";
}

// The run modes. Each makes its threads, and returns an error or an empty string.

std::string autofp(const Live& live, const char* live_dev) {
  std::string queues;
  for (int i = 1; i <= most_workers(); ++i)
    queues += fmt::format("{}pickup{}", queues.empty() ? "" : ",", i);
  const bool named = live_dev == nullptr || LiveGetDeviceCount() > 1;
  for (const std::string& device : devices_of(live_dev)) {
    std::string wrong = add_receivers(live, device, named, false, queues);
    if (!wrong.empty()) return wrong;
  }
  return add_workers(most_workers());
}

std::string single(const Live& live, const char* live_dev) {
  const std::vector<std::string> devices = devices_of(live_dev);
  if (devices.size() != 1)
    return fmt::format("run mode single needs one device, and there are {}", devices.size());
  return add_receivers(live, devices.front(), true, true, "");
}

std::string workers(const Live& live, const char* live_dev) {
  const std::vector<std::string> devices = registered_devices();
  const bool only = live_dev != nullptr && devices.size() == 1;
  for (const std::string& device : devices) {
    std::string wrong = add_receivers(live, only ? live_dev : device, true, false, "");
    if (!wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace

#define SURISIM_RUN_MODE(function, run_mode)                                                      \
  SURISIM_ABI int function(Config config_of, Count threads_of, const char* recv_mod_name,         \
                           const char* decode_mod_name, const char* thread_name,                  \
                           const char* live_dev) {                                                \
    note_call(__func__);                                                                          \
    if (CapturePluginSource::current() == nullptr) return -1;                                     \
    const std::string wrong =                                                                     \
        run_mode({config_of, threads_of, recv_mod_name, decode_mod_name, thread_name}, live_dev); \
    return wrong.empty() ? 0 : refuse(__func__, wrong, SURISIM_CALLER);                           \
  }
SURISIM_RUN_MODE(RunModeSetLiveCaptureAutoFp, autofp)
SURISIM_RUN_MODE(RunModeSetLiveCaptureSingle, single)
SURISIM_RUN_MODE(RunModeSetLiveCaptureWorkers, workers)
#undef SURISIM_RUN_MODE
