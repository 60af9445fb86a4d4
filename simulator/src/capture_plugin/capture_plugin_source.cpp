// Runs a capture plugin's run mode, creates the threads that it asks for, and provides Suricata's
// modules FlowWorker and RespondReject.
#include "capture_plugin/capture_plugin_source.hpp"

#include <fmt/format.h>
#include <suricata/conf.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <utility>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/process_state.hpp"

namespace surisim::engine {

namespace {

std::atomic<CapturePluginSource*> running{nullptr};

// Suricata's module FlowWorker: its data is the thread's PluginWorker.
TmEcode flow_worker_init(ThreadVars*, const void*, void** data) {
  Thread* const thread = context()->thread;
  PluginWorker* const worker = CapturePluginSource::module_of(thread)->worker();
  worker->outputs_init(*thread);
  *data = worker;
  return TM_ECODE_OK;
}

TmEcode flow_worker(ThreadVars*, Packet* packet, void* data) {
  static_cast<PluginWorker*>(data)->handle(*context()->thread, *packet);
  return TM_ECODE_OK;
}

TmEcode flow_worker_deinit(ThreadVars*, void* data) {
  static_cast<PluginWorker*>(data)->outputs_deinit(*context()->thread);
  return TM_ECODE_OK;
}

// There are no rules, so nothing is rejected.
TmEcode respond_reject(ThreadVars*, Packet*, void*) { return TM_ECODE_OK; }

void register_own_modules() {
  TmModule& worker = tmm_modules[TMM_FLOWWORKER];
  worker = {};
  worker.name = "FlowWorker";
  worker.ThreadInit = flow_worker_init;
  worker.Func = flow_worker;
  worker.ThreadDeinit = flow_worker_deinit;
  worker.flags = TM_FLAG_FLOWWORKER_TM;
  TmModule& reject = tmm_modules[TMM_RESPONDREJECT];
  reject = {};
  reject.name = "RespondReject";
  reject.Func = respond_reject;
}

bool is(const char* text, const char* word) {
  return text != nullptr && std::strcmp(text, word) == 0;
}

// As TmqhOutputFlowHash.
void output_by_flow(ThreadVars* tv, Packet* packet) {
  const CapturePluginSource* const source = CapturePluginSource::current();
  Thread* const thread = source == nullptr ? nullptr : source->thread_of(tv);
  if (thread != nullptr) CapturePluginSource::pass_on(*thread, *packet);
}

void read_settings() {
  std::intmax_t packets = 0;
  constexpr std::intmax_t kMost = 1'000'000;
  max_pending_packets = 1024;
  if (SCConfGetInt("max-pending-packets", &packets) == 1 && packets >= 1 && packets <= kMost)
    max_pending_packets = static_cast<std::uint32_t>(packets);
  std::intmax_t bytes = 0;
  constexpr std::intmax_t kMostBytes = 65'604;
  default_packet_size = 1514;
  if (SCConfGetInt("default-packet-size", &bytes) == 1 && bytes >= 1 && bytes <= kMostBytes)
    default_packet_size = static_cast<std::uint32_t>(bytes);
}

}  // namespace

CapturePluginSource* CapturePluginSource::current() noexcept {
  return running.load(std::memory_order_acquire);
}

CapturePluginSource::CapturePluginSource(const Options& options) : options_(options) {}

CapturePluginSource::~CapturePluginSource() {
  CapturePluginSource* self = this;
  running.compare_exchange_strong(self, nullptr);
}

std::unique_ptr<FlowWorker> CapturePluginSource::make_worker(FlowEngine& engine,
                                                             std::uint32_t index) {
  auto worker = std::make_unique<PluginWorker>(engine, *this, index);
  workers_.push_back(worker.get());
  return worker;
}

PluginWorker& CapturePluginSource::add_worker(FlowEngine& engine) {
  const auto index = static_cast<std::uint32_t>(engine.workers.size());
  engine.workers.push_back(make_worker(engine, index));
  return static_cast<PluginWorker&>(*engine.workers.back());
}

// The run mode that RunModeGetConfOrDefault chooses.
expected<std::string> CapturePluginSource::mode() const {
  if (!options_.capture_plugin_mode.empty()) return options_.capture_plugin_mode;
  const char* configured = nullptr;
  if (SCConfGet("runmode", &configured) == 1 && configured != nullptr && !is(configured, "auto"))
    return std::string(is(configured, "worker") ? "workers" : configured);
  const abi::RegisteredCapture* const capture = abi::state().capture.find(options_.capture_plugin);
  const char* mode = nullptr;
  abi::run_guarded(JournalCallback::capture_init, nullptr, capture->place,
                   reinterpret_cast<const void*>(capture->plugin->GetDefaultMode),
                   [&] { mode = capture->plugin->GetDefaultMode(); });
  if (mode != nullptr) return std::string(mode);
  return fail(ErrorCode::engine_refused,
              fmt::format("GetDefaultMode of capture plugin \"{}\" names no run mode, and none is "
                          "configured: fatal for the engine",
                          options_.capture_plugin));
}

expected<std::uint32_t> CapturePluginSource::make_threads(FlowEngine& engine, ThreadMaker& maker) {
  abi::CapturePlugins& all = abi::state().capture;
  const abi::RegisteredCapture* const capture = all.find(options_.capture_plugin);
  if (capture == nullptr)
    return fail(ErrorCode::engine_refused,
                fmt::format("there is no longer a capture plugin \"{}\"", options_.capture_plugin));
  const auto name = mode();
  if (!name) return tl::unexpected<Error>(name.error());
  const abi::RegisteredRunMode* const found = all.find_mode(*name);
  if (found == nullptr) {
    std::vector<std::string> known;
    for (const abi::RegisteredRunMode& one : all.modes) known.push_back(one.name);
    return fail(ErrorCode::invalid_option,
                fmt::format("capture plugin \"{}\" has no run mode \"{}\"; expected {}",
                            options_.capture_plugin, *name,
                            known.empty() ? "that it registers one"
                                          : fmt::format("{}", fmt::join(known, ", "))));
  }
  all.active_mode = *name;
  read_settings();
  register_own_modules();
  checksums_.configure();
  engine_ = &engine;
  plugin_ = capture->place;
  maker_ = &maker;
  running.store(this, std::memory_order_release);
  abi::run_guarded(JournalCallback::run_mode, nullptr, plugin_,
                   reinterpret_cast<const void*>(found->run), [&] { found->run(); });
  maker_ = nullptr;
  return captures_;
}

PickupQueue& CapturePluginSource::queue(const std::string& name) {
  const auto [at, is_new] = queues_.try_emplace(name);
  if (is_new) at->second.name = intern_here(name);
  return at->second;
}

ThreadVars* CapturePluginSource::create(const ThreadRequest& request) {
  if (maker_ == nullptr) {
    SCLogError("thread %s: packet threads are created by the function of a run mode", request.name);
    return nullptr;
  }
  const bool captures = is(request.function, "pktacqloop");
  if (!captures && !is(request.function, "varslot")) {
    SCLogError("thread %s: there is no thread function %s", request.name,
               request.function == nullptr ? "(null)" : request.function);
    return nullptr;
  }
  const bool from_queue = request.in_queue != nullptr && !is(request.in_queue, "packetpool");
  const bool by_flow = is(request.out_handler, "flow");
  for (const char* handler : {request.in_handler, request.out_handler}) {
    if (is(handler, "packetpool") || is(handler, "flow")) continue;
    SCLogError("thread %s: there is no queue handler %s", request.name,
               handler == nullptr ? "(null)" : handler);
    return nullptr;
  }
  const ThreadFunction function = captures ? ThreadFunction::pktacqloop : ThreadFunction::varslot;
  ThreadSpec spec{.name = request.name,
                  .printable_name = request.printable_name,
                  .iface_name = request.iface_name,
                  .function = function,
                  .modules = 0,
                  .in_queue = from_queue,
                  .out_queues = by_flow};
  auto module = std::make_unique<PluginThread>(*engine_, *this, function, plugin_);
  if (from_queue) module->in = &queue(request.in_queue);
  if (by_flow && request.out_queues != nullptr) {
    std::istringstream names(request.out_queues);
    for (std::string name; std::getline(names, name, ',');) module->out.push_back(&queue(name));
  }
  Thread* const thread = maker_->create(std::move(spec), std::move(module));
  if (thread == nullptr) return nullptr;
  ThreadVars& tv = *thread->tv();
  abi::in_thread().tmqh_in(tv) = reinterpret_cast<void*>(&TmqhInputPacketpool);
  abi::in_thread().tmqh_out(tv) = reinterpret_cast<void*>(
      module_of(thread)->out.empty() ? &TmqhOutputPacketpool : &output_by_flow);
  threads_.push_back(thread);
  return &tv;
}

ThreadVars* CapturePluginSource::create_custom(const char* name, void* (*function)(void*),
                                               bool control) {
  if (maker_ == nullptr) {
    SCLogError("thread %s: threads are created by the function of a run mode", name);
    return nullptr;
  }
  ThreadSpec spec{.name = name,
                  .function = ThreadFunction::own,
                  .modules = 0,
                  .control = control,
                  .created_by = nullptr};
  Thread* const thread =
      maker_->create(std::move(spec), std::make_unique<CustomThread>(function, plugin_));
  if (thread == nullptr) return nullptr;
  threads_.push_back(thread);
  return thread->tv();
}

TmEcode CapturePluginSource::spawn(ThreadVars& tv) {
  Thread* const thread = thread_of(&tv);
  if (maker_ == nullptr || thread == nullptr || thread->was_started()) return TM_ECODE_FAILED;
  if (thread->module().receives()) ++captures_;
  // Meanwhile the plugin runs on the new thread, not in this callback.
  const abi::CallbackScope waits(JournalCallback::none, nullptr, kNoPlugin, nullptr);
  return maker_->spawn(*thread) ? TM_ECODE_OK : TM_ECODE_FAILED;
}

void CapturePluginSource::append(ThreadVars& tv, TmModule& module, const void* data) {
  Thread* const thread = thread_of(&tv);
  if (maker_ == nullptr || thread == nullptr || thread->was_started()) {
    SCLogError("modules are appended to a packet thread before it is spawned");
    return;
  }
  // A thread that runs a function of the plugin ignores its modules.
  if (PluginThread* const packets = module_of(thread)) packets->append(*thread, module, data);
}

Thread* CapturePluginSource::thread_of(const ThreadVars* tv) const {
  const auto found = std::find_if(threads_.begin(), threads_.end(),
                                  [tv](const Thread* thread) { return thread->tv() == tv; });
  return found == threads_.end() ? nullptr : *found;
}

PluginThread* CapturePluginSource::module_of(Thread* thread) {
  if (thread->spec().function == ThreadFunction::own) return nullptr;
  return static_cast<PluginThread*>(&thread->module());
}

PluginThread* CapturePluginSource::here() {
  const Context* const mine = context();
  const CapturePluginSource* const source = current();
  if (mine == nullptr || mine->thread == nullptr || source == nullptr) return nullptr;
  const auto& threads = source->threads_;
  const bool known = std::find(threads.begin(), threads.end(), mine->thread) != threads.end();
  return known ? module_of(mine->thread) : nullptr;
}

void CapturePluginSource::pass_on(Thread& thread, Packet& packet) {
  if (module_of(&thread)->out.empty()) {
    TmqhOutputPacketpool(thread.tv(), &packet);
  } else {
    module_of(&thread)->distribute(packet);
  }
}

std::int64_t CapturePluginSource::last_packet_time() const {
  std::int64_t last = 0;
  for (const PluginWorker* worker : workers_) last = std::max(last, worker->packet_time());
  return last;
}

std::unique_ptr<PacketSource> make_capture_plugin_source(const Options& options) {
  return std::make_unique<CapturePluginSource>(options);
}

}  // namespace surisim::engine
