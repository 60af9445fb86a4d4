// Registers and runs the plugin's callbacks, and catches exceptions that leave them.
//
// When:    registration at any time; running whenever the engine calls the plugin.
// Owner:   the process state owns the lists, whose nodes are never freed (CallbackList).
// Threads: any.
// Source:  thread-callbacks.c, flow-callbacks.c, output.c: lists that only grow, run in order (L8).
#pragma once

#include <cxxabi.h>

#include <cstdint>
#include <new>
#include <string>
#include <utility>

#include "abi/faults.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "surisim/rules.hpp"
#include "trace/context.hpp"

namespace surisim::abi {

// The plugin whose code runs on this thread, or whose Init is running; engine::kNoPlugin: none.
std::uint32_t running_plugin() noexcept;

// Runs the checks that wait for the outermost callback to return (Observer).
void callback_returns(engine::Context& mine);

// Within this scope, this callback of the plugin is running on this thread. `function`: its
// address, or NULL if it is unknown.
class CallbackScope {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): two are set if they are used
  CallbackScope(JournalCallback callback, ThreadVars* tv, std::uint32_t plugin,
                const void* function) noexcept
      : context_(engine::context()) {
    if (context_ == nullptr) return;
    if (schedule::t_me != nullptr) [[unlikely]]
      begin_under_control();
    callback_ = std::exchange(context_->callback, callback);
    if (is_in_host_function()) host_depth_ = std::exchange(host_depth, 0);
    function_ = std::exchange(context_->function, function);
    tv_ = std::exchange(context_->callback_tv, tv);
    plugin_ = std::exchange(context_->plugin, plugin);
    frame_ = std::exchange(context_->callback_frame, __builtin_frame_address(0));
    if (context_->journal == nullptr) return;
    context_->journal->runs(function);
    if (callback == JournalCallback::thread_init) context_->journal->about(tv->name);
    journalled_ = context_->journal->enter(callback);
  }
  ~CallbackScope() {
    if (context_ == nullptr) return;
    if (schedule::t_me != nullptr) [[unlikely]]
      end_under_control();
    if (context_->check_on_return && is_outside(callback_)) callback_returns(*context_);
    const JournalCallback left = std::exchange(context_->callback, callback_);
    if (is_in_host_function()) host_depth = host_depth_;
    context_->function = function_;
    context_->callback_tv = tv_;
    context_->plugin = plugin_;
    context_->callback_frame = frame_;
    if (context_->journal == nullptr) return;
    context_->journal->leave(journalled_);
    context_->journal->runs(function_);
    if (left == JournalCallback::thread_init) context_->journal->about("");
  }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;

  // Counts the instructions of this Free as those of a flow slot's.
  void count_as_flow_free() noexcept { of_flow_ = true; }

 private:
  // For threads under control (schedule/controller.hpp), which alone count instructions.
  void begin_under_control() noexcept;
  void end_under_control() noexcept;
  void end_counting() noexcept;
  // True if a capture loop or a run mode has called the host's function that runs this callback.
  bool is_in_host_function() const noexcept {
    return callback_ != JournalCallback::none && is_outside(callback_);
  }

  engine::Context* context_;
  int host_depth_ = 0;
  JournalCallback callback_ = JournalCallback::none;
  JournalCallback journalled_ = JournalCallback::none;
  const void* function_ = nullptr;
  ThreadVars* tv_ = nullptr;
  std::uint32_t plugin_ = engine::kNoPlugin;
  const void* frame_ = nullptr;
  bool of_flow_ = false;
  // Set by begin_under_control(): the thread's instructions when it began, and those of callbacks
  // that were nested in the outer one by then.
  std::uint64_t instructions_, inner_;
};

// Both only in a catch block: whether the exception is a Rust panic, and its message.
bool is_rust_panic();
std::string exception_text();
// The rule that is broken if an exception leaves this callback or Free.
RuleId rule_of_exception(JournalCallback kind) noexcept;

template <class Fn>
bool register_callback(CallbackList<Fn>& list, JournalCallback kind, Fn fn, void* user,
                       const void* caller) {
  const HostScope host;
  if (fails(FaultPoint::host_alloc, "a callback", caller)) return false;
  auto* const node =
      new (std::nothrow) typename CallbackList<Fn>::Node{fn, user, running_plugin(), {}};
  if (node == nullptr) return false;
  Observer* const watcher = observer();
  if (watcher != nullptr &&
      !watcher->allow(CallbackRegistration{kind, reinterpret_cast<const void*>(fn), caller})) {
    delete node;
    return true;  // like Suricata, which then crashes at the first thread or flow (L8)
  }
  list.append(node);
  return true;
}

// A thread's forced end is caught as a null reference, which gcc's sanitizer reports: the catching
// function must neither be instrumented nor be inlined into one that is.
#ifdef __SANITIZE_ADDRESS__
#define SURISIM_CATCHES_THREAD_END __attribute__((no_sanitize("null"), noinline))
#else
#define SURISIM_CATCHES_THREAD_END
#endif

// Runs `call`, which calls the plugin. An exception that leaves it would end Suricata; here it is
// reported to the observer. `function`: the plugin's, for reports.
template <class Call>
SURISIM_CATCHES_THREAD_END void run_guarded(JournalCallback kind, ThreadVars* tv,
                                            std::uint32_t plugin, const void* function, Call call) {
  const CallbackScope scope(kind, tv, plugin, function);
  try {
    call();
  } catch (const __cxxabiv1::__forced_unwind&) {
    // pthread_exit or pthread_cancel: the worker would vanish, and Suricata would wait for it
    // forever. glibc aborts when this is caught, which ends the run as a crash.
    note_call("pthread_exit or pthread_cancel");
  } catch (...) {
    Observer* const watcher = observer();
    if (watcher == nullptr) throw;
    // Rust ends the process when its panic is caught here, as it does when a panic reaches
    // Suricata. This is one mistake, and reported as the crash.
    if (is_rust_panic()) return;
    watcher->happened(ExceptionLeft{kind, function});
  }
}

// Calls `end` when the scope is left, also by an exception.
template <class End>
class AtEnd {
 public:
  explicit AtEnd(const End& end) : end_(end) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() { end_(); }

 private:
  const End& end_;
};

// Runs the whole list for `tv`, also after an exception. `before` is called before each callback,
// with its position, and `after` when it has returned or thrown.
template <class Fn, class Before, class After, class... Args>
void run_callbacks(const CallbackList<Fn>& list, JournalCallback kind, ThreadVars* tv,
                   const Before& before, const After& after, Args... args) {
  int position = 0;
  for (const auto* node = list.first(); node != nullptr;
       node = node->next.load(std::memory_order_acquire)) {
    run_guarded(kind, tv, node->plugin, reinterpret_cast<const void*>(node->fn), [&] {
      const AtEnd at_end(after);
      before(position++);
      node->fn(args..., node->user);
    });
  }
}

inline constexpr auto kNothingBefore = [](int) {};
inline constexpr auto kNothingAfter = [] {};

}  // namespace surisim::abi
