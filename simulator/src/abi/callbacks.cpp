// The rarer parts of running a callback: checks after it returns, which plugin it belongs to, and
// exceptions that leave it.
#include "abi/callbacks.hpp"

#include <cxxabi.h>

#include <cstdint>
#include <cstring>
#include <exception>

namespace surisim::abi {

std::uint32_t running_plugin() noexcept {
  const std::uint32_t loading = state().loading.first_of_file.load(std::memory_order_relaxed);
  if (loading != LoadingPlugin::kNone) return loading;
  const engine::Context* const mine = engine::context();
  return mine == nullptr ? engine::kNoPlugin : mine->plugin;
}

void callback_returns(engine::Context& mine) {
  mine.to_check = false;
  const HostScope host;
  if (Observer* const watcher = observer()) watcher->callback_returns(mine);
  mine.freed_values.clear();
  mine.empty_reads.clear();
}

namespace {

// Whether the exception being handled is another language's, as a panic of Rust is. C++ must not
// throw those again. The first word of the C++ runtime's globals points to the exception's header,
// at whose end the unwinder's header begins with the language: "GNUCC++", "CLNGC++", "MOZ\0RUST".
bool is_foreign() {
  constexpr std::size_t kUnwindHeader = 80;
  const char* header = nullptr;
  std::memcpy(&header, ::abi::__cxa_get_globals(), sizeof header);
  if (header == nullptr) return false;
  std::uint64_t language = 0;
  std::memcpy(&language, header + kUnwindHeader, sizeof language);
  return (language >> 8 & 0xffffff) != (('C' << 16) | ('+' << 8) | '+');
}

}  // namespace

std::string exception_text() {
  if (is_foreign()) return "a Rust panic, or an exception of another language";
  try {
    throw;
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "an exception not derived from std::exception";
  }
}

RuleId rule_of_exception(JournalCallback kind) noexcept {
  return kind == JournalCallback::free_value ? RuleId::free_throws : RuleId::callback_exception;
}

}  // namespace surisim::abi

// Not a function of Suricata. The C++ wrappers catch exceptions that would leave a callback, log
// them, and report them here if this function exists (suricata_ffi/detail/callback.hpp). `message`:
// as they log it.
SURISIM_ABI void SurisimExceptionCaught(const char* message) {
  using namespace surisim::abi;
  const surisim::engine::Context* const mine = surisim::engine::context();
  if (mine == nullptr || mine->callback == surisim::JournalCallback::none) return;
  notify(ExceptionLeft{mine->callback, running_function_or(nullptr), message});
}
