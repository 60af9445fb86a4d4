// Follows the threads of plugins from pthread_create to their join, and finds those that an output
// has left behind.
#include "abi/plugin_threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "abi/callbacks.hpp"
#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "trace/context.hpp"

namespace surisim::abi {

namespace {

// Of the calling thread, if a plugin has started it.
thread_local const PluginThread* started_by_plugin = nullptr;

struct Start {
  void* (*routine)(void*);
  void* argument;
  std::shared_ptr<PluginThread> thread;
};

// Also when the thread ends by pthread_exit.
void* run(void* given) {
  const std::unique_ptr<Start> start(static_cast<Start*>(given));
  started_by_plugin = start->thread.get();
  const auto ended = [&] { start->thread->has_ended.store(true, std::memory_order_release); };
  const AtEnd at_end(ended);
  return start->routine(start->argument);
}

bool is_detached(const pthread_attr_t* attributes) {
  int state = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) ::pthread_attr_getdetachstate(attributes, &state);
  return state == PTHREAD_CREATE_DETACHED;
}

bool is_of_output(const PluginThread& thread) {
  return thread.callback == JournalCallback::eve_filetype || is_logger(thread.callback);
}

}  // namespace

const void* function_of_plugins_thread() noexcept {
  return started_by_plugin == nullptr ? nullptr : started_by_plugin->function;
}

bool PluginThreads::is_plugins_turn() noexcept {
  if (started_by_plugin != nullptr) return true;
  const engine::Context* const mine = engine::context();
  return mine != nullptr && mine->callback != JournalCallback::none;
}

int PluginThreads::start(Create create, pthread_t* thread, const pthread_attr_t* attributes,
                         void* (*routine)(void*), void* argument, const void* caller) noexcept {
  const HostScope host;
  engine::note_constructor("started a thread");
  try {
    const auto entry = std::make_shared<PluginThread>();
    entry->plugin = started_by_plugin != nullptr ? started_by_plugin->plugin : running_plugin();
    entry->callback =
        started_by_plugin != nullptr ? started_by_plugin->callback : engine::context()->callback;
    entry->caller = caller;
    entry->function = reinterpret_cast<const void*>(routine);
    entry->is_detached = is_detached(attributes);
    auto start = std::make_unique<Start>(Start{routine, argument, entry});
    const MutexLock lock(mutex_);
    all_.push_back(entry);
    // The plugin's variable, as the thread may read it before this returns.
    const int result = create(thread, attributes, run, start.get());
    if (result != 0) {
      all_.pop_back();
      return result;
    }
    (void)start.release();
    entry->handle = *thread;
    return 0;
  } catch (const std::bad_alloc&) {
    return EAGAIN;
  }
}

// The latest: the C library uses handles again.
PluginThread* PluginThreads::find(pthread_t thread) {
  const auto found = std::find_if(all_.rbegin(), all_.rend(), [thread](const auto& one) {
    return !one->is_joined && !one->is_detached && ::pthread_equal(one->handle, thread) != 0;
  });
  return found == all_.rend() ? nullptr : found->get();
}

void PluginThreads::joined(pthread_t thread) {
  const MutexLock lock(mutex_);
  if (PluginThread* const one = find(thread)) one->is_joined = true;
}

void PluginThreads::detached(pthread_t thread) {
  const MutexLock lock(mutex_);
  if (PluginThread* const one = find(thread)) one->is_detached = true;
}

void PluginThreads::outputs_closed(std::uint32_t plugin) {
  const MutexLock lock(mutex_);
  for (const auto& one : all_) {
    if (one->plugin == plugin && !one->is_joined && !one->has_ended.load(std::memory_order_acquire))
      one->outlived_output = true;
  }
}

void PluginThreads::report_lost() const {
  std::vector<std::shared_ptr<PluginThread>> all;
  {
    const MutexLock lock(mutex_);
    all = all_;
  }
  for (const auto& one : all) {
    const bool ran = one->outlived_output || !one->has_ended.load(std::memory_order_acquire);
    if (one->is_joined || !ran || !is_of_output(*one)) continue;
    const std::string message = fmt::format(
        "a thread that was started in {} still ran {}, and was never joined: what it has not yet "
        "written is lost when Suricata ends",
        one->callback == JournalCallback::eve_filetype
            ? "an EVE file type"
            : fmt::format("a {}", to_string(one->callback)),
        one->outlived_output ? "after Deinit" : "at the end of the run");
    notify(OutputMistake{RuleId::output_lost, "pthread_create", one->caller, nullptr, one->plugin,
                         message.c_str()});
  }
}

PluginThreads::Counts PluginThreads::counts() const {
  Counts counts;
  const MutexLock lock(mutex_);
  for (const auto& one : all_) {
    ++counts.started;
    if (one->is_joined)
      ++counts.joined;
    else if (one->is_detached)
      ++counts.detached;
    if (!one->is_joined && !one->has_ended.load(std::memory_order_acquire)) ++counts.running;
  }
  return counts;
}

void PluginThreads::reset() {
  const MutexLock lock(mutex_);
  all_.clear();
}

}  // namespace surisim::abi
