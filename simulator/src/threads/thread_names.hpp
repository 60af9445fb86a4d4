// The names and the number of a run's threads.
//
// When:    any time; they depend only on the options.
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

// Where packets are captured from, with that many threads: a single source without a name when they
// come from a file.
struct Source {
  std::string device;
  std::uint32_t threads;
};
std::vector<Source> sources_of(const Options& options);

// True: RX threads have the device in their name. So it is with live pcap, and with any live
// capture from several devices (L10).
bool receivers_named(const Options& options);

// How many threads capture: RX in autofp, else W.
std::uint32_t capturing_threads(const Options& options);

// Whether there is a thread US beside the others: live by default; the configuration's
// unix-command.enabled (yes, no or auto) decides it offline too.
bool has_command_socket(const Options& options);

// Whether the run has the thread HB, in the version that is run (E35).
bool has_heartbeat();

// Every thread of a run with these options (in range), in the order of creation.
std::vector<std::string> thread_names(const Options& options);

// "the threads are US, W#01 and 3 more", for messages about a thread that there is not.
std::string threads_in_words(const std::vector<std::string>& names);

}  // namespace surisim::engine
