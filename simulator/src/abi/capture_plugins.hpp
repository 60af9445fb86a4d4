// What capture plugins register: themselves, run modes, and network devices.
//
// When:    written while plugins are loaded and their modes run; read at any time afterwards.
// Owner:   the process state. A capture plugin's struct is the plugin's.
// Threads: [main] writes, before packet threads run.
// Source:  util-plugin.c, runmodes.c, util-device.c.
#pragma once

#include <suricata/suricata-plugin.h>
#include <suricata/util-device.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

// What Suricata knows about a device; plugins only pass its address on.
struct LiveDevice_ {
  std::string name;
  std::string short_name;
  std::uint64_t packets = 0;
  std::uint16_t id = 0;  // from 1, as in 9.0
};

namespace surisim::abi {

struct RegisteredCapture {
  SCCapturePlugin* plugin;
  std::uint32_t place;  // of the plugin that registered it; engine::kNoPlugin: unknown
};

struct RegisteredRunMode {
  std::string name;
  int (*run)();
};

class CapturePlugins {
 public:
  // Null: there is none of this name.
  const RegisteredCapture* find(std::string_view name) const;
  const RegisteredRunMode* find_mode(std::string_view name) const;
  LiveDevice_* find_device(std::string_view name);
  void add_device(const char* name);
  // LiveDeviceFinalize: makes the devices that are only named so far. [main] once plugins are
  // loaded
  void make_devices();

  std::vector<RegisteredCapture> plugins;
  std::vector<RegisteredRunMode> modes;  // of the capture that runs
  std::deque<LiveDevice_> devices;
  std::vector<std::string> named_devices;  // to be made
  std::string active_mode;                 // empty: none runs yet
};

// The device of a packet or flow. `livedev`: the address of its field livedev, which is a pointer
// in 8.0 and a number in 9.0. Null: it has no device.
const LiveDevice_* device_at(const void* livedev);

// A device's name as it is in the names of threads, where it is shortened (E38).
std::string short_device_name(const std::string& device);

}  // namespace surisim::abi
