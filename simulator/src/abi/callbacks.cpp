// The less frequent parts of running a callback: which plugin it belongs to, counting instructions,
// checks after it returns, exceptions that leave it.
#include "abi/callbacks.hpp"

#include <cxxabi.h>

#include <cstdint>
#include <cstring>
#include <exception>
#include <utility>

#include "base/host_scope.hpp"
#include "base/mutex.hpp"
#include "translate/translation.hpp"

namespace surisim::abi {

std::uint32_t running_plugin() noexcept {
  const std::uint32_t loading = state().loading.first_of_file.load(std::memory_order_relaxed);
  if (loading != LoadingPlugin::kNone) return loading;
  const engine::Context* const mine = engine::context();
  return mine == nullptr ? engine::kNoPlugin : mine->plugin;
}

void CallbackScope::begin_under_control() noexcept {
  schedule::callback_boundary();
  if (context_->instructions == nullptr) return;
  inner_ = std::exchange(context_->instructions->inner, 0);
  instructions_ = translate::Translation::instructions();
}

void CallbackScope::end_under_control() noexcept {
  if (context_->instructions != nullptr) end_counting();
  schedule::callback_boundary();
}

// Instructions of nested callbacks are not counted for this one.
void CallbackScope::end_counting() noexcept {
  engine::CallbackCounts& counts = *context_->instructions;
  const std::uint64_t all = translate::Translation::instructions() - instructions_;
  const std::uint64_t inner = std::exchange(counts.inner, inner_ + all);
  if (all == inner && context_->plugin == engine::kNoPlugin) return;  // surisim's own
  const base::NoPoints alone;
  const base::OwnScope own;
  const auto kind = static_cast<std::size_t>(context_->callback);
  ++counts.calls[of_flow_ ? engine::CallbackCounts::kOfFlow : kind][all - inner];
}

void callback_returns(engine::Context& mine) {
  mine.check_on_return = false;
  const HostScope host;
  if (Observer* const watcher = observer()) watcher->callback_returns(mine);
  mine.freed_values.clear();
  mine.empty_reads.clear();
}

namespace {

// The language of the exception being handled: C++ must not rethrow an exception of another
// language. The first word of the C++ runtime's globals points to the exception's header, at whose
// end the unwinder's header begins with the language: "GNUCC++", "CLNGC++", "MOZ\0RUST".
std::uint64_t language_of_exception() {
  constexpr std::size_t kUnwindHeader = 80;
  const char* header = nullptr;
  std::memcpy(&header, ::abi::__cxa_get_globals(), sizeof header);
  if (header == nullptr) return 0;
  std::uint64_t language = 0;
  std::memcpy(&language, header + kUnwindHeader, sizeof language);
  return language;
}

bool is_foreign() {
  return (language_of_exception() >> 8 & 0xffffff) != (('C' << 16) | ('+' << 8) | '+');
}

}  // namespace

bool is_rust_panic() {
  constexpr std::uint64_t kAsNumber = 0x4d4f'5a00'5255'5354;  // in older versions of Rust
  constexpr std::uint64_t kAsBytes = 0x5453'5552'005a'4f4d;
  const std::uint64_t language = language_of_exception();
  return language == kAsNumber || language == kAsBytes;
}

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
