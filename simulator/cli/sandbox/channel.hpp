// Memory shared by the plugin's process (the child), its supervisor and the command: the journal of
// what is running, how the child ends, and a mailbox for results. With the WatchState
// (supervisor.hpp), which has the wait status, it is all that the command knows about a crash.
//
// When:    mapped by run_in_child() before the fork; read by the command once the child has ended.
// Owner:   run_in_child(). Zero-filled; no constructor runs.
// Threads: any of these processes. Signal handlers write here too, hence the fixed sizes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal.hpp"
#include "surisim/error.hpp"
#include "surisim/plugin.hpp"
#include "surisim/scenario.hpp"
#include "surisim/summary.hpp"

namespace surisim::sandbox {

// Messages from the child. They survive any end of the process, and do not depend on file
// descriptors, which the plugin may close.
class Mailbox {
 public:
  enum class Kind : std::uint32_t { none, result, violation, schedule };

  struct Message {
    Kind kind = Kind::none;
    std::string text;
  };

  // False: the mailbox is full, and the message is lost. [any thread]
  bool send(Kind kind, std::string_view text) noexcept;

  // The messages sent so far, in order, without those whose sender died while writing them.
  std::vector<Message> read() const;

 private:
  struct alignas(16) Header {
    std::atomic<std::uint64_t> size;
    std::atomic<std::uint32_t> kind;
  };
  // Many times as much as the largest run sends; unused pages cost nothing.
  static constexpr std::size_t kBytes = std::size_t{256} << 20;

  static constexpr std::size_t footprint(std::size_t size) {
    return sizeof(Header) + (size + alignof(Header) - 1) / alignof(Header) * alignof(Header);
  }
  Header* header_at(std::size_t at) { return reinterpret_cast<Header*>(data_.data() + at); }
  const Header* header_at(std::size_t at) const {
    return reinterpret_cast<const Header*>(data_.data() + at);
  }

  std::atomic<std::size_t> end_;
  alignas(16) std::array<char, kBytes> data_;
};

// The stack of a thread, the innermost frame first.
struct Stack {
  static constexpr std::uint32_t kFrames = 96;
  static constexpr std::uint32_t kFiles = 24;

  struct File {
    std::array<char, 512> path;
    std::atomic<bool> of_plugin;  // loaded after install_crash_handlers()
  };
  struct Frame {
    std::atomic<std::uint64_t> address;  // relative to the file, as symbolizers expect
    std::atomic<std::uint32_t> file;     // index in `files`
    std::atomic<bool> is_call;           // it is a return address
  };
  std::array<File, kFiles> files;
  std::array<Frame, kFrames> frames;
  std::atomic<std::uint32_t> file_count;
  std::atomic<std::uint32_t> count;    // of frames; grows after one has been written
  std::atomic<bool> reaches_a_plugin;  // one of the frames is in a plugin's file
  std::atomic<bool> complete;          // no more frames will follow
};

// What a sanitizer or Rust's standard library has reported (crash_handlers.hpp).
struct RuntimeReport {
  std::atomic<std::int32_t> tid;    // of the thread that it is about; 0: not written yet
  std::atomic<std::int32_t> phase;  // as in the journal
  std::atomic<JournalCallback> callback;
  std::array<char, 16> thread;
  std::atomic<std::uint32_t> length;
  std::array<char, 1024> text;
  std::array<char, 512> source;  // "plugin.c:42"; empty: unknown
  Stack stack;
};

struct RuntimeReports {
  static constexpr std::uint32_t kMax = 16;
  std::atomic<std::uint32_t> count;  // of all reports, including those not kept
  std::array<RuntimeReport, kMax> reports;
};

// Schedules that one child has run in turn, and that showed nothing new (cli/schedule_runner.cpp).
struct CleanRuns {
  static constexpr std::uint32_t kMax = 2048;
  struct Run {
    std::uint64_t points, choices;  // as in ScheduleSummary
    std::uint32_t order;
  };
  std::array<Run, kMax> runs;
  std::atomic<std::uint32_t> count;
  std::atomic<bool> stop_requested;  // set by the command: the child must not start another
  std::array<char, 256> why_alone;  // why a child can only run one schedule; empty: it can run more
};

struct Channel {
  Journal journal;
  CleanRuns clean_runs;
  std::atomic<std::uint64_t> packets_and_flows;  // grows while traffic flows
  std::atomic<bool> finished;                    // the run is over, and the process is ending

  std::array<char, 512> failure;  // why surisim itself had to stop; empty: it had not

  // The first signal that would end the child; or SIGPROF from the supervisor, to learn where a
  // thread is.
  struct Signal {
    std::atomic<std::int32_t> number;  // 0: none
    std::atomic<std::int32_t> tid;     // the thread that it was for; 0: the whole process
    std::atomic<std::uint64_t> address;
    std::atomic<bool> has_address;
    std::atomic<bool> of_freed_value;  // the instruction used a pointer read from a freed value
    std::atomic<bool> off_the_stack;   // stack overflow: the address is just beyond the stack
    // How often the supervisor may still ask a thread that was in surisim's own code, where the
    // plugin's call could not be seen.
    std::atomic<std::uint32_t> retries;
    Stack stack;
  } signal;
  struct Exit {
    std::atomic<const char*> how;  // "exit()", "_exit()": a literal; null: no exit was called
    std::atomic<std::int32_t> tid;
    std::atomic<std::int32_t> status;
    Stack stack;
  } exit;

  RuntimeReports sanitizers;  // the first ones
  RuntimeReports panics;      // the last ones, in a ring

  // The child's SummarySender (crash_handlers.hpp).
  struct Sender {
    std::atomic<std::int32_t> tid;       // 0: there is none
    std::atomic<std::uint32_t> request;  // a futex: a SenderRequest
    std::atomic<std::uint32_t> done;     // a futex: 1, events and summary have been sent
  } sender;

  Mailbox mailbox;
};

// The longest time that sending events and the summary may take.
inline constexpr int kSummaryMs = 1500;

enum class SenderRequest : std::uint32_t { none, send, quit };

// Asks the SummarySender, if there is one, to send events and the summary. [signal-safe]
void request_summary(Channel& channel) noexcept;
// Waits until it has, at most for kSummaryMs. Not on the sender's thread. [signal-safe]
void wait_for_summary(Channel& channel) noexcept;
// As wait_for_summary(), without a limit.
void wait_until_sent(Channel& channel) noexcept;
// On the sender's thread: waits for a request.
SenderRequest wait_for_request(Channel& channel) noexcept;
void make_request(Channel& channel, SenderRequest request) noexcept;
void summary_is_sent(Channel& channel) noexcept;

// Results, which are sent through the mailbox as lines of JSON: to_line(), and back.
struct RunResult {
  Summary summary;
  std::optional<Error> error;  // of the Runtime
  int interrupted = 0;         // the signal that ended traffic early; 0: none
  std::string lifecycle;  // as a golden file; empty: not requested, or the run was not completed
  std::vector<UnmetLine> unmet = {};  // of the scenario that was played
};

struct InspectResult {
  Inspection inspection;
  std::optional<Error> error;
};

std::string to_line(const RunResult& result);
std::string to_line(const InspectResult& result);
std::string to_line(const Violation& violation);
std::string to_line(const ScheduleSummary& schedule);
RunResult run_result(const std::string& line);
ScheduleSummary schedule_summary(const std::string& line);
InspectResult inspect_result(const std::string& line);
Violation violation(const std::string& line);

}  // namespace surisim::sandbox
