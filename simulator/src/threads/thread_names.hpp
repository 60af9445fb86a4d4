// The names and the number of a run's threads.
//
// When:    at any time; they depend only on the options and the configuration.
// Threads: any.
// Source:  util-runmodes.c, util-device.c; L9 to L11.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "surisim/options.hpp"

namespace surisim::engine {

// "W#02", or "W#02-eth0". A device name is cut to what fits.
std::string thread_name(const char* prefix, std::uint32_t number, const std::string& device = "");

// A device that packets are captured from, and by how many threads. A file is a source without a
// device.
struct Source {
  std::string device;
  std::uint32_t threads;
};
std::vector<Source> sources_of(const Options& options);

// True if the names of RX threads contain the device: with live pcap, and with any live capture
// from several devices (L10).
bool receivers_named(const Options& options);

// How many threads capture: those named RX in autofp, W in other modes.
std::uint32_t capturing_threads(const Options& options);

// Whether the run has the thread US. By default a live capture has it; unix-command.enabled in the
// configuration (yes, no or auto) overrides that.
bool has_command_socket(const Options& options);

// Whether the run has the thread HB (E35).
bool has_heartbeat();

// All threads of a run with these options, which must be valid, in the order of creation.
std::vector<std::string> thread_names(const Options& options);

// "the threads are US, W#01 and 3 more", for messages about a thread that does not exist.
std::string threads_in_words(const std::vector<std::string>& names);

}  // namespace surisim::engine
