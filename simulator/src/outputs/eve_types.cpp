#include "outputs/eve_types.hpp"

#include <suricata/util-debug.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "abi/process_state.hpp"

namespace surisim::engine {

namespace {

constexpr EveTypes kNoTypes{false, false, false, false, false, false};

template <std::size_t kSize>
bool is_in(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 8> kOfPackets = {"alert", "anomaly", "arp",      "drop",
                                                        "frame", "stream",  "metadata", "vars"};
constexpr std::array<std::string_view, 34> kOfTransactions = {"anomaly",   "bittorrent-dht",
                                                              "dcerpc",    "dhcp",
                                                              "dnp3",      "dns",
                                                              "doh2",      "enip",
                                                              "ftp",       "http",
                                                              "http2",     "ike",
                                                              "krb5",      "ldap",
                                                              "llmnr",     "mdns",
                                                              "modbus",    "mqtt",
                                                              "nfs",       "pgsql",
                                                              "pop3",      "quic",
                                                              "rdp",       "rfb",
                                                              "sip",       "smb",
                                                              "smtp",      "snmp",
                                                              "ssh",       "telnet",
                                                              "tftp",      "tls",
                                                              "websocket", "template"};
constexpr std::array<std::string_view, 2> kOther = {"files", "netflow"};

// The value of a list's entry, or the key of its mapping.
bool is_enabled(const SCConfNode* type) {
  const SCConfNode* const own = SCConfNodeLookupChild(type, type->val);
  const char* const enabled = own == nullptr ? nullptr : SCConfNodeLookupChildValue(own, "enabled");
  return enabled == nullptr || SCConfValIsTrue(enabled) != 0;
}

bool is_of_plugin(std::string_view name) {
  const auto& own = abi::state().eve_types;
  return std::find(own.begin(), own.end(), "eve-log." + std::string(name)) != own.end();
}

// Switches on what this type needs. False: its records are not made here.
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

}  // namespace

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

}  // namespace surisim::engine
