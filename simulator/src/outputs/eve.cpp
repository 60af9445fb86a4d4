// Makes EVE records at the end of flows, for alerts and anomalies, and when the statistics thread
// ends; opens and closes the file or file type that they are written to.
#include "outputs/eve.hpp"

#include <fmt/format.h>
#include <suricata/conf.h>

#include <ctime>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "threads/flow_pool.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

namespace {

// Calls one function of a file type. False: an exception left it.
template <class Function, class Call>
bool call_filetype(const char* event, Thread* thread, Function* function, Call call) {
  record(EventKind::eve_filetype, {.what = event, .thread = thread});
  bool returned = false;
  abi::run_guarded(JournalCallback::eve_filetype, thread == nullptr ? nullptr : thread->tv(),
                   kNoPlugin, reinterpret_cast<const void*>(function), [&] {
                     call();
                     returned = true;
                   });
  return returned;
}

}  // namespace

void Eve::before_plugins() {
  if (may_write_) files_.start();
}

expected<void> Eve::open() {
  opened_ = steady_now();
  if (output_.node == nullptr) output_.read_configuration();
  count_loggers();
  if (auto opened = files_.open(output_.options.file, output_.append, output_.split); !opened)
    return opened;
  return output_.options.filetype.empty() ? expected<void>() : open_filetype();
}

void Eve::count_loggers() {
  const abi::ProcessState& registered = abi::state();
  flow_loggers_before_ = registered.flow_loggers.size();
  packet_loggers_before_ = registered.packet_loggers.size();
  const bool has_outputs = configured() || SCConfGetNode("outputs") != nullptr;
  const auto run = [&](bool own, std::size_t before) {
    return has_outputs && ((configured() && own) || before > 0);
  };
  packet_loggers_run_ = run(output_.types.packet_logger, packet_loggers_before_);
  tx_loggers_run_ = run(output_.types.tx_logger, registered.tx_loggers.size());
}

// As LogFileTypePrepare: below 0 is fatal for the engine.
expected<void> Eve::open_filetype() {
  type_ = SCEveFindFileType(output_.options.filetype.c_str());
  const auto refuse = [&](const std::string& why) {
    type_ = nullptr;
    return fail(ErrorCode::invalid_option,
                fmt::format("EVE file type \"{}\" {}", output_.options.filetype, why));
  };
  // An exception would end Suricata; it has been reported.
  const auto failed_in = [&](const char* function, bool returned) {
    return refuse(returned
                      ? fmt::format("failed to initialise: its {} returned less than 0", function)
                      : fmt::format("failed to initialise: an exception left its {}", function));
  };
  if (type_ == nullptr) return refuse("is not registered by any plugin");
  if (type_->Init == nullptr || type_->Write == nullptr || type_->Deinit == nullptr)
    return refuse("has no Init, Write or Deinit: Suricata would crash");
  int result = -1;
  bool returned = call_filetype("init", nullptr, type_->Init, [&] {
    result = type_->Init(output_.node, output_.options.threaded, &init_data_);
  });
  if (result < 0) return failed_in("Init", returned);
  if (type_->ThreadInit == nullptr) return {};
  result = -1;
  returned = call_filetype("thread_init", nullptr, type_->ThreadInit,
                           [&] { result = type_->ThreadInit(init_data_, 0, &main_data_); });
  if (result < 0) return failed_in("ThreadInit", returned);
  return {};
}

expected<void> Eve::close() {
  if (const SCEveFileType* const type = std::exchange(type_, nullptr)) {
    const auto thread_deinit = [&](void* data) {
      if (type->ThreadDeinit != nullptr)
        call_filetype("thread_deinit", nullptr, type->ThreadDeinit,
                      [&] { type->ThreadDeinit(init_data_, data); });
    };
    thread_deinit(std::exchange(main_data_, nullptr));
    std::map<const Thread*, void*> data_of;
    {
      const MutexLock lock(mutex_);
      data_of.swap(thread_data_);
    }
    for (const auto& [thread, data] : data_of) thread_deinit(data);
    call_filetype("deinit", nullptr, type->Deinit, [&] { type->Deinit(init_data_); });
  }
  return files_.close();
}

void Eve::flow_thread_init(Thread& thread) {
  if (output_.types.flow) thread_init(thread);
}

void Eve::packet_thread_init(Thread& thread) {
  if (output_.types.alert || output_.types.anomaly) thread_init(thread);
}

void Eve::thread_init(Thread& thread) {
  files_.thread_init(&thread);
  if (type_ == nullptr || !output_.options.threaded || type_->ThreadInit == nullptr) return;
  const MutexLock lock(mutex_);
  if (thread_data_.contains(&thread)) return;
  void*& data = thread_data_[&thread];
  call_filetype("thread_init", &thread, type_->ThreadInit, [&] {
    type_->ThreadInit(init_data_, static_cast<ThreadId>(abi::in_thread().id(*thread.tv())), &data);
  });
}

bool Eve::wanted() const { return configured() || abi::state().eve.first() != nullptr; }

void Eve::flow(Thread& thread, Flow& flow) {
  if (!wanted() || !output_.types.flow) return;
  finish(thread, nullptr, &flow, "flow", flow_record(flow, output_.fields));
}

void Eve::alert(Thread& thread, const Packet& packet) {
  if (!wanted() || !output_.types.alert) return;
  finish(thread, &packet, packet.flow, "alert", alert_record(packet, output_.fields));
}

void Eve::anomaly(Thread& thread, const Packet& packet) {
  if (!wanted() || !output_.types.anomaly) return;
  finish(thread, &packet, nullptr, "anomaly", anomaly_record(packet, output_.fields));
}

void Eve::stats(Thread& thread) {
  if (!wanted() || !output_.types.stats) return;
  const auto up = std::chrono::duration_cast<std::chrono::seconds>(steady_now() - opened_);
  const std::timespec now = wall_now();
  finish(thread, nullptr, nullptr, "stats",
         stats_record(time_of(now.tv_sec * 1'000'000 + now.tv_nsec / 1000),
                      static_cast<std::uint64_t>(up.count()), abi::state().counters.totals()));
}

void Eve::finish(Thread& thread, const Packet* packet, Flow* flow, const char* type,
                 EveRecord record_of_event) {
  SCJsonBuilder* const builder = record_of_event.get();
  if (builder == nullptr) return;  // out of memory: no record, as in Suricata
  set_origin(builder, output_.fields);
  if (abi::state().eve.first() != nullptr) {
    if (thread.context().record_flows)
      record(EventKind::eve_callback, {.what = type, .thread = &thread});
    SCEveRunCallbacks(thread.tv(), packet, flow, builder);
  }
  SCJbClose(builder);
  write(thread, {reinterpret_cast<const char*>(SCJbPtr(builder)), SCJbLen(builder)});
}

void Eve::write(Thread& thread, std::string_view line) {
  files_.write(&thread, output_.prefix, line);
  if (output_.options.on_record) output_.options.on_record(output_.prefix + std::string(line));
  if (type_ == nullptr) return;
  // In non-threaded mode threads call concurrently, with the same data and without a lock.
  void* data = main_data_;
  if (output_.options.threaded) {
    const MutexLock lock(mutex_);
    const auto found = thread_data_.find(&thread);
    if (found != thread_data_.end()) data = found->second;
  }
  const std::string text = output_.prefix + std::string(line);  // Write gets a NUL-terminated line
  abi::run_guarded(JournalCallback::eve_filetype, thread.tv(), kNoPlugin,
                   reinterpret_cast<const void*>(type_->Write), [&] {
                     type_->Write(text.c_str(), static_cast<int>(text.size()), init_data_, data);
                   });
}

}  // namespace surisim::engine
