// Reads an EVE output's configuration when outputs are initialised, and writes records to its files
// while threads log.
#include "outputs/eve.hpp"

#include <fmt/format.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "abi/process_state.hpp"

namespace surisim::engine {

namespace {

constexpr EveTypes kNoTypes{false, false, false, false, false, false};

// Whether `word` is one of `words`, which have spaces around and between them.
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
constexpr std::string_view kOther = " files netflow ";

// Whether an entry of a list is enabled: a value is, a mapping if it does not say otherwise.
bool is_enabled(const SCConfNode* type) {
  const SCConfNode* const own = SCConfNodeLookupChild(type, type->val);
  const char* const enabled = own == nullptr ? nullptr : SCConfNodeLookupChildValue(own, "enabled");
  return enabled == nullptr || SCConfValIsTrue(enabled) != 0;
}

bool is_of_plugin(std::string_view name) {
  const auto& own = abi::state().eve_types;
  return std::find(own.begin(), own.end(), "eve-log." + std::string(name)) != own.end();
}

// Enables the loggers and records of this type. False: its records are not modelled.
bool enable(EveTypes& types, std::string_view name) {
  types.packet_logger = types.packet_logger || is_in(kOfPackets, name);
  types.tx_logger = types.tx_logger || is_in(kOfTransactions, name) || is_of_plugin(name);
  if (name == "flow") return types.flow = true;
  if (name == "alert") return types.alert = true;
  if (name == "anomaly") return types.anomaly = true;
  if (name == "stats") return types.stats = true;
  return false;
}

bool is_known(std::string_view name) {
  return is_in(kOfPackets, name) || is_in(kOfTransactions, name) || is_in(kOther, name) ||
         is_of_plugin(name);
}

// The `types` of an enabled eve-log output. Unknown types, and those that are not modelled, are
// logged. Without `types` Suricata makes no records.
EveTypes read_types(const SCConfNode* eve_log) {
  EveTypes types = kNoTypes;
  const SCConfNode* const list = SCConfNodeLookupChild(eve_log, "types");
  if (list == nullptr) {
    SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "output-eve",
             "eve-log has no types: Suricata logs no record");
    return types;
  }
  std::string absent;
  const SCConfNode* type = nullptr;
  TAILQ_FOREACH(type, &list->head, next) {
    if (type->val == nullptr || !is_enabled(type)) continue;
    const std::string_view name = std::string_view(type->val) == "ikev2" ? "ike" : type->val;
    if (enable(types, name)) continue;
    if (is_known(name)) {
      absent += (absent.empty() ? "" : ", ") + std::string(name);
    } else {
      SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "output-eve",
               "No output module named eve-log.%s", type->val);
    }
  }
  if (!absent.empty())
    SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "output-eve",
             "eve-log types that are not modelled, of which no records are written: %s",
             absent.c_str());
  return types;
}

bool is_true(const SCConfNode* node, const char* key) {
  const char* const value = SCConfNodeLookupChildValue(node, key);
  return value != nullptr && SCConfValIsTrue(value) != 0;
}

const SCConfNode* eve_log() {
  const SCConfNode* const outputs = SCConfGetNode("outputs");
  if (outputs == nullptr) return nullptr;
  const SCConfNode* output = nullptr;
  TAILQ_FOREACH(output, &outputs->head, next) {
    if (output->val == nullptr || std::strcmp(output->val, "eve-log") != 0) continue;
    const SCConfNode* const node = SCConfNodeLookupChild(output, "eve-log");
    if (is_true(node, "enabled")) return node;
  }
  return nullptr;
}

std::string file_of(const SCConfNode* node) {
  const char* const name = SCConfNodeLookupChildValue(node, "filename");
  std::string file = name == nullptr ? "eve.json" : name;
  const char* directory = nullptr;
  if (file.starts_with('/') || SCConfGetNonNull("default-log-dir", &directory) == 0) return file;
  return std::string(directory) + "/" + file;
}

bool is_one_of(const char* type, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (std::strcmp(type, name) == 0) return true;
  return false;
}

std::string numbered(const std::string& name, std::uint32_t number) {
  if (name == "/dev/null") return name;
  const std::size_t slash = name.rfind('/');
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash))
    return fmt::format("{}.{}", name, number);
  return fmt::format("{}.{}{}", name.substr(0, dot), number, name.substr(dot));
}

std::string why(const std::string& name) {
  return fmt::format("cannot write EVE records to \"{}\": {}", name, std::strerror(errno));
}

}  // namespace

EveOutput::EveOutput(const Options& run) : options(run.eve), capture_(run.pcap) {
  // With several devices a generated flow does not belong to one in particular.
  if (is_live(capture_of(run)) && run.devices.size() == 1)
    fields.iface = device_from(run.devices.front()).name;
}

// Source: OutputJsonInitCtx.
void EveOutput::read_fields() {
  const char* name = SCConfNodeLookupChildValue(node, "sensor-name");
  if (name == nullptr) SCConfGet("sensor-name", &name);
  fields.host = name == nullptr ? "" : name;
  const char* const before = SCConfNodeLookupChildValue(node, "prefix");
  prefix = before == nullptr ? "" : before;
  fields.pcap_filename = is_true(node, "pcap-file") ? capture_ : "";
  fields.compress_ipv6 = is_true(node, "ipv6-compress");
}

void EveOutput::read_configuration() {
  node = eve_log();
  if (node == nullptr) {
    own.reset(SCConfNodeNew());
    if (own == nullptr) throw std::bad_alloc();
    node = own.get();
    return read_fields();
  }
  read_fields();
  options.threaded = options.threaded || is_true(node, "threaded");
  const bool on_command_line =
      !options.file.empty() || !options.filetype.empty() || options.on_record;
  if (!on_command_line || SCConfNodeLookupChild(node, "types") != nullptr) types = read_types(node);
  if (on_command_line) return;
  const char* type = SCConfNodeLookupChildValue(node, "filetype");
  if (type == nullptr) type = SCConfNodeLookupChildValue(node, "type");
  if (type == nullptr || is_one_of(type, {"regular", "file"})) {
    options.file = file_of(node);
    split = options.threaded;
    const char* const mode = SCConfNodeLookupChildValue(node, "append");
    append = mode == nullptr || SCConfValIsTrue(mode) != 0;
  } else if (is_one_of(type, {"unix_dgram", "unix_stream", "redis"})) {
    SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "output-eve",
             "eve-log has the file type %s, which is not modelled: no records are written", type);
  } else {
    options.filetype = type;
  }
}

EveFiles::EveFiles()
    : directory_([] {
        std::error_code unknown;
        const std::string now = std::filesystem::current_path(unknown).string();
        return unknown ? "" : now + "/";
      }()) {}

expected<void> EveFiles::open(const std::string& name, bool append, bool threaded) {
  const MutexLock lock(mutex_);
  name_ = name;
  append_ = append;
  threaded_ = threaded;
  if (name_.empty() || !files_.empty()) return {};
  return open_next();
}

expected<void> EveFiles::open_next() {
  const std::string name = threaded_ ? numbered(name_, ++number_) : name_;
  const std::string path = name.starts_with('/') ? name : directory_ + name;
  spare_.reset(private_.open(path, append_));
  if (spare_ == nullptr) return fail(ErrorCode::invalid_option, why(name));
  return {};
}

void EveFiles::thread_init(const void* thread) {
  if (name_.empty() || !threaded_) return;
  const MutexLock lock(mutex_);
  file_of(thread);
}

std::FILE* EveFiles::file_of(const void* thread) {
  File& file = files_[threaded_ ? thread : nullptr];
  if (file != nullptr) return file.get();
  if (spare_ == nullptr) {
    if (const auto opened = open_next(); !opened && failed_.empty())
      failed_ = opened.error().message;
  }
  file = std::move(spare_);
  return file.get();
}

void EveFiles::write(const void* thread, std::string_view prefix, std::string_view line) {
  if (name_.empty()) return;
  const MutexLock lock(mutex_);
  std::FILE* const file = file_of(thread);
  if (file == nullptr) return;
  if (std::fwrite(prefix.data(), 1, prefix.size(), file) != prefix.size() ||
      std::fwrite(line.data(), 1, line.size(), file) != line.size() ||
      std::fputc('\n', file) == EOF) {
    note_failure();
  }
}

void EveFiles::note_failure() {
  if (!failed_.empty()) return;
  lost_descriptor_ = errno == EBADF;
  failed_ = why(name_);
}

expected<void> EveFiles::close() {
  const MutexLock lock(mutex_);
  for (const auto& [thread, file] : files_) {
    if (file != nullptr && std::fflush(file.get()) != 0) note_failure();
  }
  if (threaded_) {
    files_.clear();
    spare_.reset();
  }
  if (!failed_.empty()) return fail(ErrorCode::write_failed, failed_);
  return {};
}

}  // namespace surisim::engine
