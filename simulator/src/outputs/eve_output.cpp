// Reads the settings of EVE outputs, calls plugins' file types, and writes records.
#include "outputs/eve_output.hpp"

#include <fmt/format.h>
#include <suricata/rust-bindings.h>
#include <suricata/util-byte.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "threads/simulated_thread.hpp"
#include "trace/context.hpp"

namespace surisim::engine {
namespace {

// Whether `word` is in `words`, each of which has a space before and after it.
bool is_in(std::string_view words, std::string_view word) {
  return word.find(' ') == word.npos && words.find(fmt::format(" {} ", word)) != words.npos;
}

// Types of records, by the kind of Suricata's logger that makes them.
constexpr std::string_view kOfPackets = " alert anomaly arp drop frame stream metadata vars ";
constexpr std::string_view kOfTransactions =
    " anomaly bittorrent-dht dcerpc dhcp dnp3 dns doh2 enip ftp http http2 ike krb5 ldap llmnr "
    "mdns "
    "modbus mqtt nfs pgsql pop3 quic rdp rfb sip smb smtp snmp ssh telnet tftp tls websocket "
    "template ";
constexpr std::string_view kOfFlows = " flow netflow ";
constexpr std::string_view kOther = " files stats ";

// The types of records that are made.
constexpr std::string_view kModelled = " alert anomaly flow netflow stats ";

// Whether an entry of `types` is enabled: unless its mapping says otherwise.
bool is_enabled(const SCConfNode* own) {
  const char* const enabled = own == nullptr ? nullptr : SCConfNodeLookupChildValue(own, "enabled");
  return enabled == nullptr || SCConfValIsTrue(enabled) != 0;
}

// Whether a plugin's parser or sub-module has this type.
bool is_of_plugin(std::string_view name) {
  const auto& parsers = abi::state().eve_types;
  return std::find(parsers.begin(), parsers.end(), "eve-log." + std::string(name)) !=
             parsers.end() ||
         abi::state().eve_outputs.has_type(name);
}

bool is_known(std::string_view name) {
  return is_in(kOfPackets, name) || is_in(kOfTransactions, name) || is_in(kOfFlows, name) ||
         is_in(kOther, name) || is_of_plugin(name);
}

// The `types` of an enabled eve-log output. Logs unknown types, types that are not modelled, and a
// missing list, without which Suricata writes no records.
std::vector<EveType> read_types(const SCConfNode* eve_log) {
  const SCConfNode* const list = SCConfNodeLookupChild(eve_log, "types");
  if (list == nullptr) {
    SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "output-eve",
             "eve-log has no types: Suricata logs no record");
    return {};
  }
  std::vector<EveType> types;
  std::string absent;
  const SCConfNode* type = nullptr;
  TAILQ_FOREACH(type, &list->head, next) {
    if (type->val == nullptr) continue;
    const SCConfNode* const own = SCConfNodeLookupChild(type, type->val);
    if (!is_enabled(own)) continue;
    const std::string_view name = std::string_view(type->val) == "ikev2" ? "ike" : type->val;
    if (!is_known(name)) {
      SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "output-eve",
               "No output module named eve-log.%s", type->val);
      continue;
    }
    types.push_back({std::string(name), own});
    if (!is_in(kModelled, name) && !abi::state().eve_outputs.has_type(name))
      absent += (absent.empty() ? "" : ", ") + std::string(name);
  }
  if (!absent.empty())
    SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "output-eve",
             "eve-log types that are not modelled, of which no records are written: %s",
             absent.c_str());
  return types;
}

// The types that are modelled, in the order of Suricata's default configuration, and then plugins'.
std::vector<EveType> all_types() {
  std::vector<EveType> types = {
      {"alert", nullptr}, {"anomaly", nullptr}, {"stats", nullptr}, {"flow", nullptr}};
  for (const abi::OutputModule& module : abi::state().eve_outputs.modules) {
    const std::string& name = module.seen().eve_type;
    const auto same = [&name](const EveType& type) { return type.name == name; };
    if (std::none_of(types.begin(), types.end(), same)) types.push_back({name, nullptr});
  }
  return types;
}

bool is_true(const SCConfNode* node, const char* key) {
  const char* const value = SCConfNodeLookupChildValue(node, key);
  return value != nullptr && SCConfValIsTrue(value) != 0;
}

// A number in [0, most]; nothing if there is no such setting. Any other value is fatal for the
// engine.
std::optional<std::uint64_t> number(const SCConfNode* node, const char* key, std::uint64_t most) {
  const char* const text = SCConfNodeLookupChildValue(node, key);
  std::uint64_t value = 0;
  if (text == nullptr) return {};
  if (StringParseU64RangeCheck(&value, 10, 0, text, 0, most) < 0) {
    const std::string message =
        fmt::format("Failed to initialize JSON output, invalid {}: {}", key, text);
    SCLogError("%s", message.c_str());
    abi::notify(abi::FatalCall{"OutputJsonInitCtx", message.c_str(), true, nullptr});
    return {};
  }
  return value;
}

std::vector<SCConfNode*> eve_logs() {
  std::vector<SCConfNode*> found;
  const SCConfNode* const outputs = SCConfGetNode("outputs");
  if (outputs == nullptr) return found;
  const SCConfNode* output = nullptr;
  TAILQ_FOREACH(output, &outputs->head, next) {
    if (output->val == nullptr || std::strcmp(output->val, "eve-log") != 0) continue;
    SCConfNode* const node = SCConfNodeLookupChild(output, "eve-log");
    if (is_true(node, "enabled")) found.push_back(node);
  }
  return found;
}

std::string file_of(const SCConfNode* node) {
  const char* const name = SCConfNodeLookupChildValue(node, "filename");
  std::string file = name == nullptr ? "eve.json" : name;
  const char* directory = nullptr;
  if (file.starts_with('/') || SCConfGetNonNull("default-log-dir", &directory) == 0) return file;
  return std::string(directory) + "/" + file;
}

bool is_one_of(const char* type, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(),
                     [type](const char* name) { return std::strcmp(type, name) == 0; });
}

// Where the section says that records go.
void read_target(EveOutput& output) {
  const char* type = SCConfNodeLookupChildValue(output.node, "filetype");
  if (type == nullptr) type = SCConfNodeLookupChildValue(output.node, "type");
  if (type == nullptr || is_one_of(type, {"regular", "file"})) {
    output.options.file = file_of(output.node);
    output.split = output.options.threaded;
    const char* const mode = SCConfNodeLookupChildValue(output.node, "append");
    output.append = mode == nullptr || SCConfValIsTrue(mode) != 0;
  } else if (is_one_of(type, {"unix_dgram", "unix_stream", "redis", "syslog"})) {
    SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "output-eve",
             "eve-log has the file type %s, which is not modelled: no records are written", type);
  } else if (std::strcmp(type, "nullsink") != 0) {
    output.options.filetype = type;
  }
}

void read_fields(EveOutput& output) {
  const char* name = SCConfNodeLookupChildValue(output.node, "sensor-name");
  if (name == nullptr) SCConfGet("sensor-name", &name);
  output.host = name == nullptr ? "" : name;
  const char* const before = SCConfNodeLookupChildValue(output.node, "prefix");
  output.prefix = before == nullptr ? "" : before;
  output.pcap_filename = is_true(output.node, "pcap-file");
  const char* const metadata = SCConfNodeLookupChildValue(output.node, "metadata");
  output.metadata = metadata == nullptr || SCConfValIsFalse(metadata) == 0;
  output.ethernet = is_true(output.node, "ethernet");
  output.version = is_true(output.node, "suricata-version");
  output.community_id = is_true(output.node, "community-id");
  output.seed =
      static_cast<std::uint16_t>(number(output.node, "community-id-seed", UINT16_MAX).value_or(0));
  if (const auto sensor = number(output.node, "sensor-id", UINT64_MAX))
    abi::state().eve_outputs.sensor_id = sensor;
  output.compress_ipv6 =
      abi::host().layout.eve.compress_ipv6 != 0 && is_true(output.node, "ipv6-compress");
}

// `node`: null if there is no section.
EveOutput read_output(SCConfNode* node, const EveOptions& command_line, bool on_command_line) {
  EveOutput output;
  if (on_command_line) output.options = command_line;
  output.node = node;
  if (node == nullptr) {
    output.made.reset(SCConfNodeNew());
    if (output.made == nullptr) throw std::bad_alloc();
    output.node = output.made.get();
  }
  read_fields(output);
  output.options.threaded = command_line.threaded || is_true(output.node, "threaded");
  const bool listed = node != nullptr && SCConfNodeLookupChild(node, "types") != nullptr;
  output.types = on_command_line && !listed ? all_types() : read_types(output.node);
  if (!on_command_line) read_target(output);
  return output;
}

}  // namespace

OwnLoggers own_loggers_of(std::string_view type) {
  return {.packet = is_in(kOfPackets, type),
          .tx = is_in(kOfTransactions, type),
          .flow = is_in(kOfFlows, type)};
}

bool logs_ethernet() {
  const std::vector<SCConfNode*> nodes = eve_logs();
  return std::any_of(nodes.begin(), nodes.end(),
                     [](const SCConfNode* node) { return is_true(node, "ethernet"); });
}

std::vector<EveOutput> read_outputs(const Options& run) {
  const bool on_command_line =
      !run.eve.file.empty() || !run.eve.filetype.empty() || run.eve.on_record;
  std::vector<SCConfNode*> nodes = eve_logs();
  if (nodes.empty() && on_command_line) nodes.push_back(nullptr);
  std::vector<EveOutput> outputs;
  outputs.reserve(nodes.size());
  for (SCConfNode* const node : nodes)
    outputs.push_back(read_output(node, run.eve, on_command_line && outputs.empty()));
  return outputs;
}

namespace {

Thread* current_thread() { return context() == nullptr ? nullptr : context()->thread; }

// Calls one function of a file type. Returns false if an exception left it.
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

// The record's event_type: "flow".
std::string_view type_of(SCJsonBuilder* record) {
  static constexpr std::string_view kKey = "\"event_type\":\"";
  const std::string_view text = text_of(record);
  const std::size_t at = text.find(kKey);
  if (at == text.npos) return "";
  const std::string_view rest = text.substr(at + kKey.size());
  return rest.substr(0, rest.find('"'));
}

// Puts the prefix and the record into the logger's buffer. Returns false if they are too large.
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

// As LogFileTypePrepare: a result below 0 is fatal for the engine.
expected<void> EveWriter::open_filetype() {
  const std::string& name = output_.options.filetype;
  type_ = abi::state().eve_outputs.find(name);
  const auto refuse = [&](const std::string& why) {
    type_ = nullptr;
    return fail(ErrorCode::invalid_option, fmt::format("EVE file type \"{}\" {}", name, why));
  };
  // An exception would end Suricata. It has been reported.
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

// As LogFileNewThreadedCtx: a thread's data starts as a copy of main's, and the result of
// ThreadInit is ignored.
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

// `line` is NUL-terminated. In non-threaded mode threads call the file type concurrently, with the
// same data and without a lock.
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
