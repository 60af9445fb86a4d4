// Calls file types, and writes records.
#include "outputs/eve_writer.hpp"

#include <fmt/format.h>
#include <suricata/rust-bindings.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <string>
#include <utility>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "threads/simulated_thread.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

namespace {

Thread* current_thread() { return context() == nullptr ? nullptr : context()->thread; }

// Calls one function of a file type. False: an exception left it.
template <class Function, class Call>
bool call_filetype(const abi::RegisteredFileType& type, const char* event, ThreadVars* tv,
                   Function* function, Call call) {
  record(EventKind::eve_filetype, {.what = event, .thread = current_thread()});
  bool returned = false;
  abi::run_guarded(JournalCallback::eve_filetype, tv, type.plugin,
                   reinterpret_cast<const void*>(function), [&] {
                     call();
                     returned = true;
                   });
  return returned;
}

void count(std::atomic<std::uint64_t>& calls) { calls.fetch_add(1, std::memory_order_relaxed); }

void set_origin(SCJsonBuilder* record, const EveOutput& output) {
  if (!output.host.empty()) SCJbSetString(record, "host", output.host.c_str());
  if (!output.pcap_filename) return;
  const char* const capture = abi::state().pcap_filename.load(std::memory_order_acquire);
  if (capture != nullptr) SCJbSetString(record, "pcap_filename", capture);
}

std::string_view text_of(SCJsonBuilder* record) {
  return {reinterpret_cast<const char*>(SCJbPtr(record)), SCJbLen(record)};
}

// For an event: "flow".
std::string_view type_of(SCJsonBuilder* record) {
  static constexpr std::string_view kKey = "\"event_type\":\"";
  const std::string_view text = text_of(record);
  const std::size_t at = text.find(kKey);
  if (at == text.npos) return "";
  const std::string_view rest = text.substr(at + kKey.size());
  return rest.substr(0, rest.find('"'));
}

// Puts the prefix and the record into the logger's buffer. False: they are too large.
bool fill_buffer(OutputJsonThreadCtx& logger, const std::string& prefix, std::string_view record) {
  MemBufferReset(logger.buffer);
  const auto append = [&](std::string_view text) {
    MemBufferWriteRaw(logger.buffer, reinterpret_cast<const std::uint8_t*>(text.data()),
                      static_cast<std::uint32_t>(text.size()));
  };
  append(prefix);
  const std::size_t room = logger.buffer->size - logger.buffer->offset;
  if (record.size() >= room &&
      MemBufferExpand(&logger.buffer, static_cast<std::uint32_t>(record.size() + 1 - room)) < 0) {
    if (std::exchange(logger.too_large_warning, true)) return false;
    const std::string begin(record.substr(0, 119));
    SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "output-json",
             "Formatted JSON EVE record too large, will be dropped: %s", begin.c_str());
    return false;
  }
  append(record);
  return true;
}

}  // namespace

void run_eve_callbacks(ThreadVars* tv, const Packet* packet, Flow* flow, SCJsonBuilder* record) {
  if (abi::state().eve.first() == nullptr) return;
  if (Context* const mine = context(); mine != nullptr && mine->record_flows)
    engine::record(EventKind::eve_callback,
                   {.what = intern_here(type_of(record)), .thread = current_thread()});
  SCEveRunCallbacks(tv, packet, flow, record);
}

bool EveWriter::is_threaded() const {
  return type_ != nullptr ? output_.options.threaded : output_.split;
}

// The command line may have both a file and a file type.
expected<void> EveWriter::open() {
  if (!output_.options.file.empty() && !output_.split) {
    const auto file = files_.open(output_.options.file, output_.append);
    if (!file) return tl::unexpected<Error>(file.error());
    main_.file = *file;
  }
  return output_.options.filetype.empty() ? expected<void>() : open_filetype();
}

// As LogFileTypePrepare: below 0 is fatal for the engine.
expected<void> EveWriter::open_filetype() {
  const std::string& name = output_.options.filetype;
  type_ = abi::state().eve_outputs.find(name);
  const auto refuse = [&](const std::string& why) {
    type_ = nullptr;
    return fail(ErrorCode::invalid_option, fmt::format("EVE file type \"{}\" {}", name, why));
  };
  // An exception would end Suricata; it has been reported.
  const auto failed_in = [&](const char* function, bool returned) {
    return refuse(returned
                      ? fmt::format("failed to initialise: its {} returned less than 0", function)
                      : fmt::format("failed to initialise: an exception left its {}", function));
  };
  if (type_ == nullptr) return refuse("is not registered by any plugin");
  const SCEveFileType& type = type_->type;
  if (type.Init == nullptr || type.Write == nullptr || type.Deinit == nullptr)
    return refuse("has no Init, Write or Deinit: Suricata would crash");
  int result = -1;
  count(type_->inits);
  bool returned = call_filetype(*type_, "init", nullptr, type.Init, [&] {
    result = type.Init(output_.node, output_.options.threaded, &init_data_);
  });
  if (result < 0) return failed_in("Init", returned);
  if (type.ThreadInit == nullptr) return {};
  result = -1;
  count(type_->thread_inits);
  returned = call_filetype(*type_, "thread_init", nullptr, type.ThreadInit,
                           [&] { result = type.ThreadInit(init_data_, 0, &main_.data); });
  if (result < 0) return failed_in("ThreadInit", returned);
  return {};
}

LogFileCtx_* EveWriter::of_thread(ThreadVars* tv) {
  if (!is_threaded()) return &main_;
  const MutexLock lock(mutex_);
  std::unique_ptr<Target>& mine = of_threads_[::pthread_self()];
  if (mine != nullptr) return mine.get();
  auto made = std::make_unique<Target>(*this);
  if (!open_for_thread(*made, tv)) return nullptr;
  mine = std::move(made);
  return mine.get();
}

// As LogFileNewThreadedCtx: a thread's data begins as main's, and what ThreadInit returns does not
// matter.
bool EveWriter::open_for_thread(Target& target, ThreadVars* tv) {
  if (type_ == nullptr) {
    const auto opened = files_.open_for_thread(output_.options.file, output_.append);
    if (!opened) return files_.failed(opened.error()), false;
    target.file = *opened;
    return true;
  }
  files_.skip_number();
  target.file = main_.file;
  target.data = main_.data;
  const auto thread_init = type_->type.ThreadInit;
  if (thread_init == nullptr) {
    const std::string message = fmt::format(
        "EVE file type \"{}\" has no ThreadInit: in threaded mode Suricata calls it for each "
        "thread, without a check",
        type_->name);
    abi::notify(abi::OutputMistake{RuleId::callback_null_function, "SCRegisterEveFileType",
                                   type_->caller, nullptr, type_->plugin, message.c_str()});
    return true;
  }
  const auto id = static_cast<ThreadId>(tv == nullptr ? 0 : abi::in_thread().id(*tv));
  count(type_->thread_inits);
  call_filetype(*type_, "thread_init", tv, thread_init,
                [&] { thread_init(init_data_, id, &target.data); });
  return true;
}

expected<void> EveWriter::prepare_stats() {
  stats_ = static_cast<Target*>(of_thread(nullptr));
  if (stats_ != nullptr) return {};
  return files_.close();  // says which file could not be opened
}

void EveWriter::thread_deinit(void* data) {
  const auto function = type_->type.ThreadDeinit;
  if (function == nullptr) return;
  count(type_->thread_deinits);
  call_filetype(*type_, "thread_deinit", nullptr, function, [&] { function(init_data_, data); });
}

void EveWriter::close() {
  stats_ = nullptr;
  std::map<pthread_t, std::unique_ptr<Target>> of_threads;
  {
    const MutexLock lock(mutex_);
    of_threads.swap(of_threads_);
  }
  if (type_ == nullptr) return;
  thread_deinit(std::exchange(main_.data, nullptr));
  for (const auto& [thread, target] : of_threads) {
    if (target != nullptr) thread_deinit(target->data);
  }
  count(type_->deinits);
  call_filetype(*type_, "deinit", nullptr, type_->type.Deinit,
                [&] { type_->type.Deinit(init_data_); });
  abi::state().plugin_threads.outputs_closed(type_->plugin);
  type_ = nullptr;
}

void EveWriter::Target::log(ThreadVars* tv, const Packet* packet, Flow* flow, SCJsonBuilder* record,
                            OutputJsonThreadCtx& logger) {
  set_origin(record, writer_.output_);
  run_eve_callbacks(tv, packet, flow, record);
  SCJbClose(record);
  if (!fill_buffer(logger, writer_.output_.prefix, text_of(record))) return;
  writer_.write(tv, *this, reinterpret_cast<const char*>(logger.buffer->buffer),
                logger.buffer->offset);
}

void EveWriter::log_stats(ThreadVars* tv, SCJsonBuilder* record) {
  if (stats_ == nullptr) return;
  set_origin(record, output_);
  SCJbClose(record);
  const std::string line = output_.prefix + std::string(text_of(record));
  write(tv, *stats_, line.c_str(), line.size());
}

// `line` ends with a NUL. In non-threaded mode threads call concurrently, with the same data and
// without a lock.
void EveWriter::write(ThreadVars* tv, const Target& target, const char* line, std::size_t size) {
  if (target.file != nullptr) files_.write(*target.file, {line, size});
  if (output_.options.on_record) output_.options.on_record({line, size});
  if (type_ == nullptr) return;
  count(type_->writes);
  const auto function = type_->type.Write;
  abi::run_guarded(JournalCallback::eve_filetype, tv, type_->plugin,
                   reinterpret_cast<const void*>(function),
                   [&] { function(line, static_cast<int>(size), init_data_, target.data); });
}

}  // namespace surisim::engine
