// Errors of the C++ API: wrong calls, and what the operating system refuses.
//
// A plugin's mistakes are not errors: they are violations (violation.hpp), and the run continues.
//
// When:    always.
// Owner:   values.
// Threads: any.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace surisim {

enum class ErrorCode {
  invalid_option,   // an option is out of range; the message names both
  already_running,  // a second Runtime in this process
  wrong_phase,      // called too early or too late; the message names both phases
  out_of_memory,    // the message says for what
  out_of_threads,   // the OS refused a thread; the message names it
  load_failed,      // no plugin could be loaded, or Suricata would abort on one
  engine_refused,   // the engine refused to start or stopped as fatal (L14)
  traffic_refused,  // traffic by hand: this packet or end is not possible; the message says why
  write_failed,     // one of the caller's files cannot be written completely; the run is complete
};

struct Error {
  ErrorCode code;
  std::string message;  // one sentence: what was wrong and what was expected
};

template <class T>
using expected = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace surisim
