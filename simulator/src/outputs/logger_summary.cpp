#include "outputs/logger_summary.hpp"

#include <fmt/format.h>

#include <string>

#include "abi/process_state.hpp"
#include "base/journal.hpp"

namespace surisim::engine {

namespace {

std::string why_silent(const abi::RegisteredLogger& logger, const Eve& eve) {
  if (!logger.has_thread_init)
    return "it has no ThreadInit, and Suricata runs loggers whose ThreadInit has succeeded";
  if (logger.kind == JournalCallback::tx_logger)
    return "there are no app-layer parsers here, and so no transactions; Suricata runs it for each "
           "one of the protocol, if a logger of its own is enabled for that too";
  if (logger.kind == JournalCallback::packet_logger && !eve.packet_loggers_run())
    return "none of Suricata's own packet loggers is enabled (T15); EVE has some, see --eve";
  if (!logger.initialised.load(std::memory_order_relaxed))
    return "its ThreadInit has not succeeded on any thread";
  return logger.kind == JournalCallback::packet_logger
             ? "no packet came, or none that its condition takes"
             : "no flow has ended";
}

}  // namespace

std::vector<LoggerInfo> summarize_loggers(const PluginLoader& plugins, const Eve& eve) {
  std::vector<LoggerInfo> all;
  abi::state().registered_loggers.for_each([&](const abi::RegisteredLogger& logger) {
    LoggerInfo& info = all.emplace_back();
    if (logger.plugin < plugins.plugins().size())
      info.plugin = plugins.plugins()[logger.plugin].name;
    info.kind = to_string(logger.kind);
    info.name = logger.name;
    if (logger.kind == JournalCallback::tx_logger) {
      const char* const protocol = abi::state().protocols.name_of(logger.protocol);
      info.app_proto = protocol == nullptr ? "" : protocol;
    }
    info.runs = logger.runs.load(std::memory_order_relaxed);
    if (!logger.ran.load(std::memory_order_relaxed)) info.why_silent = why_silent(logger, eve);
  });
  return all;
}

}  // namespace surisim::engine
