// The phases after traffic, a method for each. Source: suricata.c (PostRunDeinit), flow-manager.c,
// tm-threads.c; L15, L24 to L27, L32, L34.
#include <fmt/core.h>
#include <suricata/thread-storage.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <utility>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "engine/engine.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

namespace {

constexpr std::size_t kRecyclerBatch = 64;

}  // namespace

Engine::Outcome Engine::expect(const Thread& thread, std::uint32_t flag, Deadline deadline,
                               const char* step) {
  if (thread.wait_until(flag, deadline)) return {};
  return refuse(
      fmt::format("thread {} did not {} in time: fatal for the engine", thread.name(), step));
}

Engine::Outcome Engine::stop_flow_managers() {
  if (context() == &main_ && lifecycle_ >= lifecycles_of(options_)) {
    record(EventKind::enter, {.what = "SuricataShutdown"});
    abi::set_stage(SURICATA_DEINIT, true);
    record_call("UnixSocketKillSocketThread");
  }
  record(EventKind::enter, {.what = "PostRunDeinit"});
  record_call("TmThreadsUnsealThreads");
  if (kill_while_paused()) return {};
  const FunctionScope scope("FlowDisableFlowManagerThread");
  Outcome stopped = stop_named("FM#", options_.limits.stop_managers_ms);
  flows_->manager_credit.close();  // flow_cleanup() empties the queue
  return stopped;
}

// Stops all threads whose names begin so, and waits for them.
Engine::Outcome Engine::stop_named(std::string_view prefix, std::uint32_t limit_ms) {
  std::vector<Thread*> named;
  for (Thread* thread : threads_.family(TVT_MGMT)) {
    if (thread->name().starts_with(prefix)) named.push_back(thread);
  }
  for (Thread* thread : named) thread->set_flags(THV_KILL);
  for (Thread* thread : named) thread->module().wake();
  const Deadline deadline = deadline_in(limit_ms);
  for (Thread* thread : named) {
    if (Outcome in_time = expect(*thread, THV_RUNNING_DONE, deadline, "stop"); !in_time)
      return in_time;
  }
  return {};
}

Engine::Outcome Engine::stop_capture() {
  if (kill_while_paused()) return {};
  const FunctionScope scope("TmThreadDisableReceiveThreads");
  const Deadline deadline = deadline_in(options_.limits.flow_loop_ms);
  for (Thread* thread : threads_.family(TVT_PPT)) {
    if (!thread->module().receives()) continue;
    if (Outcome in_time = end_capture(*thread, deadline); !in_time) return in_time;
  }
  return {};
}

// As in Suricata, a capture plugin's loop is asked to end again and again.
Engine::Outcome Engine::end_capture(Thread& thread, Deadline deadline) {
  constexpr std::uint64_t kAskAgainMs = 1;
  thread.module().break_loop(thread);
  thread.set_flags(THV_REQ_FLOW_LOOP);
  if (flows_->source->makes_threads()) {
    while (!thread.wait_until(THV_FLOW_LOOP, deadline_in(kAskAgainMs)) && steady_now() < *deadline)
      thread.module().break_loop(thread);
  }
  return expect(thread, THV_FLOW_LOOP, deadline, "enter its flow loop");
}

Engine::Outcome Engine::enter_flow_loop() {
  if (kill_while_paused()) return {};
  const char* const arguments = "set=REQ_FLOW_LOOP check=FLOW_LOOP module_flags=5";
  FunctionScope scope("TmThreadDisablePacketThreads", {.detail = arguments});
  const Deadline deadline = deadline_in(options_.limits.flow_loop_ms);
  for (Thread* thread : threads_.family(TVT_PPT)) {
    if (!thread->module().receives() && !thread->module().handles_flows()) continue;
    thread->set_flags(THV_REQ_FLOW_LOOP);
    if (!thread->has(THV_FLOW_LOOP)) thread->module().wake();
    if (Outcome in_time = expect(*thread, THV_FLOW_LOOP, deadline, "enter its flow loop"); !in_time)
      return in_time;
  }
  return {};
}

// Sends open flows with unread data back to their workers; the others go to the recycler later.
void Engine::flow_cleanup() {
  if (kill_while_paused()) return;
  const FunctionScope scope("FlowWorkToDoCleanup");
  std::vector<FlowWork> for_worker(flows_->workers.size());
  const auto assign = [&](Flow* flow) {
    FlowSide& side = *side_of(flow);
    side.end = side.data.any() ? End::shutdown_worker : End::shutdown_recycler;
    if (side.data.any()) {
      for_worker[side.worker].flows.push_back(flow);
    } else {
      (side.backstop ? flows_->backstop : flows_->open_at_end).push_back(flow);
    }
  };
  // Flows that are still in the queue because flow managers were killed while paused.
  while (auto left = flows_->manager_queue.try_pop()) {
    for (Flow* flow : left->flows) assign(flow);
  }
  for (const auto& worker : flows_->workers) {
    for (Flow* flow : worker->take_open_flows()) assign(flow);
  }
  const auto busy = std::count_if(for_worker.begin(), for_worker.end(),
                                  [](const FlowWork& work) { return !work.flows.empty(); });
  flows_->cleaned_up = std::make_unique<Latch>(static_cast<std::uint32_t>(busy));
  for (std::size_t i = 0; i < for_worker.size(); ++i) {
    if (for_worker[i].flows.empty()) continue;  // not woken
    for_worker[i].cleaned_up = flows_->cleaned_up.get();
    flows_->workers[i]->send(std::move(for_worker[i]));
  }
}

Engine::Outcome Engine::kill_packet_loops() {
  if (kill_while_paused()) return {};
  const char* const arguments = "set=KILL check=RUNNING_DONE module_flags=15";
  FunctionScope scope("TmThreadDisablePacketThreads", {.detail = arguments});
  // If draining takes too long, Suricata only warns; for the next step it is fatal (L15).
  if (!flows_->cleaned_up->wait(deadline_in(options_.limits.drain_ms))) {
    abi::notify(abi::LogMessage{SC_LOG_WARNING, "engine",
                                "packet threads did not handle their last packets in time"});
  }
  const Deadline deadline = deadline_in(options_.limits.kill_ms);
  for (Thread* thread : threads_.family(TVT_PPT)) {
    if (thread->spec().function == ThreadFunction::own) continue;  // it has no modules
    const bool looping = !thread->has(THV_RUNNING_DONE);
    thread->set_flags(THV_KILL);
    if (looping) thread->module().wake();
    if (Outcome in_time = expect(*thread, THV_RUNNING_DONE, deadline, "stop"); !in_time)
      return in_time;
  }
  return {};
}

Engine::Outcome Engine::stop_recyclers() {
  if (kill_while_paused()) return {};
  const FunctionScope scope("FlowDisableFlowRecyclerThread");
  FlowBatch open = std::exchange(flows_->open_at_end, {});
  const std::size_t batches = (open.size() + kRecyclerBatch - 1) / kRecyclerBatch;
  Latch recycled(static_cast<std::uint32_t>(batches + 1));
  for (std::size_t begin = 0; begin < open.size(); begin += kRecyclerBatch) {
    const std::size_t end = std::min(open.size(), begin + kRecyclerBatch);
    flows_->to_recycler(FlowBatch(open.begin() + static_cast<std::ptrdiff_t>(begin),
                                  open.begin() + static_cast<std::ptrdiff_t>(end)),
                        &recycled);
  }
  // The last entry of the queue. Suricata waits without a limit until the queue is empty; only then
  // the time limit for stopping recyclers starts.
  flows_->recycler_queue.push({{}, &recycled});
  recycled.wait();
  return stop_named("FR#", options_.limits.stop_recyclers_ms);
}

void Engine::kill_packet_threads() {
  threads_.kill_family(TVT_PPT);
  ask_invariants();
}

void Engine::ask_invariants() {
  for (const Invariant& one : invariants_) {
    const void* const address = one.function.address;
    const auto holds = reinterpret_cast<bool (*)()>(one.function.address);
    abi::run_guarded(JournalCallback::invariant, nullptr, one.function.plugin, address, [&] {
      if (holds()) return;
      const std::string message = fmt::format("the invariant `{}` does not hold", one.name);
      // Addresses are looked up by the byte before them, so +1 for the function's entry.
      abi::notify(abi::AssertionFailed{message.c_str(), static_cast<const char*>(address) + 1});
    });
  }
}

Engine::Outcome Engine::flow_shutdown() {
  record_call("StatsReleaseResources");
  {
    const MutexLock lock(so_far_lock_);
    counters_ = abi::state().counters.totals();
  }
  abi::state().counters.close();
  Outcome outputs;
  {
    const FunctionScope scope("RunModeShutDown");
    if (checker_ != nullptr) checker_->outputs_used();
    outputs = eve_.close();
    abi::state().forget_loggers();
  }
  {
    const FunctionScope scope("FlowShutdown");
    for (Flow* flow : std::exchange(flows_->backstop, {})) FlowEngine::free_at_shutdown(*flow);
  }
  record_call("TmqResetQueues");
  record(EventKind::exit, {.what = "PostRunDeinit"});
  end_lifecycle();
  if (outputs) return {};
  std::string why = outputs.error().message;
  if (eve_.lost_descriptor()) why += ": its descriptor was closed by " + loader_.suspects();
  return refuse(why, outputs.error().code);
}

void Engine::kill_command_threads() {
  if (unix_socket()) {
    record(EventKind::exit, {.what = "SuricataMainLoop"});
    record(EventKind::enter, {.what = "SuricataShutdown"});
    abi::set_stage(SURICATA_DEINIT, true);
    record_call("UnixSocketKillSocketThread");
    record_call("PostRunDeinit");
  }
  {
    const FunctionScope scope("TmThreadKillThreads");
    for (const int type : {TVT_PPT, TVT_MGMT, TVT_CMD}) threads_.kill_family(type);
  }
  record(EventKind::exit, {.what = "SuricataShutdown"});
  unix_manager_ = nullptr;
  // Their storage is never freed (L27).
  const MutexLock lock(so_far_lock_);
  for (const Thread* thread : threads_.family(TVT_CMD)) {
    const std::size_t slots = SCThreadStorageSize() / sizeof(void*);
    for (std::size_t slot = 0; slot < slots; ++slot) {
      if (abi::in_thread().storage(thread->tv())[slot].ptr != nullptr) tally_.keep(slot);
    }
  }
}

// Frees what was made for callbacks alone, and closes outputs, as flow_shutdown() does not run
// then.
void Engine::end_callbacks_alone() {
  if (callbacks_alone_ == nullptr) return;
  callbacks_alone_->end();
  (void)eve_.close();
}

void Engine::finish_run() {
  end_callbacks_alone();
  if (scheduled_ != nullptr) scheduled_->finish();
  record_call("GlobalsDestroy");
  if (!exited_ && checker_ != nullptr) checker_->end_of_run(lifecycle_ > 0, faults_.hits() > 0);
}

}  // namespace surisim::engine
