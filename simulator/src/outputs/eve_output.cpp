// Reads the configuration of EVE outputs when they are initialised.
#include "outputs/eve_output.hpp"

#include <fmt/format.h>
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

#include "abi/host.hpp"
#include "abi/process_state.hpp"

namespace surisim::engine {

namespace {

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
constexpr std::string_view kOfFlows = " flow netflow ";
constexpr std::string_view kOther = " files stats ";

// The types of records that are made.
constexpr std::string_view kModelled = " alert anomaly flow netflow stats ";

// Whether an entry of a list is enabled: a value is, a mapping if it does not say otherwise.
bool is_enabled(const SCConfNode* own) {
  const char* const enabled = own == nullptr ? nullptr : SCConfNodeLookupChildValue(own, "enabled");
  return enabled == nullptr || SCConfValIsTrue(enabled) != 0;
}

// Of a parser or a sub-module that a plugin brings.
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

// The `types` of an enabled eve-log output. Unknown types, and those that are not modelled, are
// logged. Without `types` Suricata makes no records.
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

// What is made, in the order of Suricata's own configuration file, and then what plugins bring.
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

// A number that is not one is fatal for the engine. Nothing: there is no such setting.
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

}  // namespace surisim::engine
