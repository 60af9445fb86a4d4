// Recordings of the probe. Input: a file. Oracle: a refusal is one line; a recording is equal to
// itself, and its options are accepted.
#include <string_view>

#include "input.hpp"
#include "surisim/evidence.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto recording = surisim::parse_probe(text);
  if (!recording) {
    fuzz::check(recording.error().find('\n') == std::string::npos, "a message of two lines");
    return 0;
  }
  fuzz::check(surisim::differences(*recording, *recording).empty(), "it differs from itself");
  fuzz::check(!surisim::side_by_side(*recording, *recording).empty(), "nothing is shown");
  if (const auto options = surisim::options_of(*recording))
    fuzz::check(!surisim::check_options(*options), "options that are refused");
  return 0;
}
