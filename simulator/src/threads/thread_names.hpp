// The names of threads.
//
// When:    any time; they depend on the options alone.
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

// The devices whose threads bear their name: one without a name when packets come from a file.
std::vector<std::string> devices_of(const Options& options);

// Only live pcap, and any capture on several devices, names its RX after the device (L10).
bool receivers_named(const Options& options);

// How many threads capture: RX in autofp, else W.
std::uint32_t capturing_threads(const Options& options);

// Every thread of a run with these options (in range), in the order of creation.
std::vector<std::string> thread_names(const Options& options);

}  // namespace surisim::engine
