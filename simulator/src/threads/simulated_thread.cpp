// Sets and waits for the flags of a simulated thread, and runs its module on its OS thread.
#include "threads/simulated_thread.hpp"

#include <unistd.h>

#include <cstring>
#include <optional>
#include <utility>

#include "abi/counters.hpp"
#include "abi/host.hpp"
#include "trace/context.hpp"
#include "trace/os_threads.hpp"

namespace surisim::engine {

const char* to_string(ThreadFunction function) {
  constexpr const char* kNames[] = {"pktacqloop", "varslot", "management",
                                    "command",    "custom",  "custom"};
  return kNames[static_cast<std::size_t>(function)];
}

Thread::Thread(ThreadSpec spec, std::unique_ptr<Module> module, ThreadVars* tv,
               std::size_t thread_slots, std::size_t flow_slots)
    : made_on(thread_slots, ""),
      ever_set(thread_slots, 0),
      spec_(std::move(spec)),
      name_(spec_.name.substr(0, sizeof tv->name - 1)),
      module_(std::move(module)),
      tv_(tv),
      flags_(&abi::in_thread().flags(*tv)),
      context_(name_, thread_slots, flow_slots) {
  std::memcpy(tv_->name, name_.c_str(), name_.size() + 1);
  context_.thread = this;
}

Thread::~Thread() { join(); }

bool Thread::describe(Subject& subject) const {
  if (tv_ == nullptr) return false;
  const ThreadVars& tv = *tv_;
  std::uint8_t bits = 0;
  if (tv.t != 0) bits |= kPthreadSet;
  if (tv.tm_func != nullptr) bits |= kFunctionSet;
  if (tv.printable_name != nullptr) bits |= kPrintableNameSet;
  if (abi::in_thread().iface_name(tv) != nullptr) bits |= kIfaceNameSet;
  if (abi::in_thread().inq(tv) != nullptr) bits |= kInQueue;
  if (abi::in_thread().outctx(tv) != nullptr) bits |= kOutQueues;
  if (abi::in_thread().ctrl_cond(tv) != nullptr) bits |= kControlSet;
  subject = {.tv_name = event_name,
             .tv_flags = flags(),
             .tv_id = abi::in_thread().id(tv),
             .tv_slots = modules(),
             .tv_bits = bits,
             .tv_type = abi::in_thread().type(tv)};
  return true;
}

void Thread::set_flags(std::uint32_t flags_to_set) {
  std::atomic_ref flags(*flags_);
  if ((flags.load(std::memory_order_relaxed) & flags_to_set) != flags_to_set)
    record(EventKind::flag_set, {.value = flags_to_set, .thread = this});
  mark_.leave();
  const std::uint32_t before = flags.fetch_or(flags_to_set, std::memory_order_acq_rel);
  if ((before & flags_to_set) != flags_to_set) waiters_.wake(*flags_);
}

void Thread::unset_flags(std::uint32_t flags_to_unset) {
  std::atomic_ref flags(*flags_);
  if ((flags.load(std::memory_order_relaxed) & flags_to_unset) != 0)
    record(EventKind::flag_unset, {.value = flags_to_unset, .thread = this});
  mark_.leave();
  flags.fetch_and(~flags_to_unset, std::memory_order_acq_rel);
  waiters_.wake(*flags_);
}

bool Thread::has(std::uint32_t any_of) const {
  if ((flags() & any_of) == 0) return false;
  mark_.take();
  return true;
}

bool Thread::wait_until(std::uint32_t any_of, Deadline deadline) const {
  // Another thread's flags change soon, so spin first; a thread's own change only when the engine
  // stops it.
  if (engine::context() != &context_) spin_briefly([&] { return (flags() & any_of) != 0; });
  for (;;) {
    const std::uint32_t now = flags();
    if ((now & any_of) != 0) break;
    if (!waiters_.wait(*flags_, now, deadline) && (flags() & any_of) == 0) return false;
  }
  mark_.take();
  return true;
}

void Thread::wait_while(std::uint32_t flag) const {
  spin_briefly([&] { return (flags() & flag) == 0; });
  for (std::uint32_t now; ((now = flags()) & flag) != 0;) waiters_.wait(*flags_, now);
  mark_.take();
}

bool Thread::wait_for_unpause() {
  if (!has(THV_PAUSE)) return true;
  set_flags(THV_PAUSED);
  for (;;) {
    const std::uint32_t now = flags();
    if ((now & THV_KILL) != 0) {
      mark_.take();
      return false;
    }
    if ((now & THV_PAUSE) == 0) break;
    waiters_.wait(*flags_, now);
  }
  mark_.take();
  unset_flags(THV_PAUSED);
  return true;
}

int Thread::start() {
  const int error = os_thread_.start(context_.clock, &Thread::entry, this);
  started_ = was_started_ = error == 0;
  return error;
}

void Thread::join() {
  if (!started_) return;
  os_thread_.join();
  started_ = false;
}

void Thread::append_modules() {
  modules_ = spec_.modules;
  if (modules_ > 0) abi::in_thread().tm_slots(*tv_) = module_.get();
}

void* Thread::entry(void* self) {
  auto* const thread = static_cast<Thread*>(self);
  set_context(&thread->context_);
  std::atomic_ref(thread->tv_->t).store(pthread_self(), std::memory_order_relaxed);
  pthread_setname_np(pthread_self(), thread->name_.c_str());
  Journal* const journal = thread->journal;
  std::optional<SignalStack> signal_stack;  // for crash handlers, which write to the journal
  if (journal != nullptr) {
    signal_stack.emplace();
    thread->context_.journal = journal->claim(gettid(), thread->name_.c_str());
  }
  record(EventKind::os_thread_start);
  thread->run_thread_function();
  if (journal != nullptr) journal->release(std::exchange(thread->context_.journal, nullptr));
  return nullptr;
}

// Suricata has a function for each of these (TmThreadsSlotPktAcqLoop, TmThreadsSlotVar,
// TmThreadsManagement, …); they differ in the flags (L13).
void Thread::run_thread_function() {
  const ThreadFunction function = spec_.function;
  if (function == ThreadFunction::own) {
    (void)module_->run(*this);
    return;
  }
  const bool handles_packets =
      function == ThreadFunction::pktacqloop || function == ThreadFunction::varslot;
  const bool runs_at_once =
      function == ThreadFunction::varslot || function == ThreadFunction::custom;
  // Management and command modules look at PAUSE themselves.
  const bool pauses_here = handles_packets || function == ThreadFunction::custom;
  if (fail_init || module_->init(*this) != Ecode::ok) {
    set_flags(THV_CLOSED | THV_RUNNING_DONE);  // and nothing else: no deinit (L14)
    return;
  }
  const bool has_counters = function != ThreadFunction::custom;
  if (has_counters) {
    abi::prepare_counters(tv_, tv_->printable_name == nullptr ? tv_->name : tv_->printable_name);
  }
  set_flags(runs_at_once ? THV_INIT_DONE | THV_RUNNING : THV_INIT_DONE);
  if ((!pauses_here || wait_for_unpause()) && module_->run(*this) == Ecode::failed)
    set_flags(THV_FAILED);
  if (handles_packets) {
    set_flags(THV_FLOW_LOOP);
    if (module_->handles_flows()) module_->flow_loop(*this);
  }
  if (has_counters) abi::sync_counters(tv_);
  set_flags(THV_RUNNING_DONE);
  wait_for(THV_DEINIT);
  module_->deinit(*this);
  set_flags(THV_CLOSED);
}

}  // namespace surisim::engine
