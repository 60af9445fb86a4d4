// C functions that register application-layer protocols, parsers and plugins, which are numbered
// and listed, but never run. Source: app-layer-protos.c, app-layer-register.c,
// app-layer-detect-proto.c, app-layer-parser.c, util-plugin.c.
#include <netinet/in.h>
#include <strings.h>
#include <suricata/app-layer-register.h>
#include <suricata/conf.h>
#include <suricata/detect-engine-register.h>
#include <suricata/output-eve.h>
#include <suricata/suricata-plugin.h>
#include <suricata/util-debug.h>

#include <array>
#include <cstring>
#include <new>
#include <string>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

AppProto g_alproto_max = ALPROTO_MAX_STATIC;

namespace surisim::abi {
namespace {

constexpr std::array<const char*, ALPROTO_MAX_STATIC> kNames = {
    "unknown",        "failed",    "http1", "ftp",    "smtp",     "tls",  "ssh",
    "imap",           "jabber",    "smb",   "dcerpc", "irc",      "dns",  "modbus",
    "enip",           "dnp3",      "nfs",   "ntp",    "ftp-data", "tftp", "ike",
    "krb5",           "quic",      "dhcp",  "sip",    "rfb",      "mqtt", "pgsql",
    "telnet",         "websocket", "ldap",  "doh2",   "template", "rdp",  "http2",
    "bittorrent-dht", "pop3",      "mdns",  "llmnr",  "http",
};

}  // namespace

void Protocols::reset() {
  names_.assign(kNames.begin(), kNames.end());
  g_alproto_max = ALPROTO_MAX_STATIC;
}

const char* Protocols::name_of(AppProto protocol) const {
  return protocol < names_.size() ? names_[protocol] : nullptr;
}

AppProto Protocols::find(const char* name) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] != nullptr && std::strcmp(names_[i], name) == 0) return static_cast<AppProto>(i);
  }
  return ALPROTO_UNKNOWN;
}

bool Protocols::set(AppProto protocol, const char* name) {
  if (protocol > names_.size()) return false;
  if (protocol == names_.size()) {
    names_.push_back(name);
    g_alproto_max = static_cast<AppProto>(names_.size());
  } else {
    names_[protocol] = name;
  }
  return true;
}

}  // namespace surisim::abi

using namespace surisim::abi;
using surisim::JournalCallback;

int LateRegistrations::add(JournalCallback kind, void (*call)(), const void* caller) {
  Observer* const watcher = observer();
  if (watcher != nullptr &&
      !watcher->allow(CallbackRegistration{kind, reinterpret_cast<const void*>(call), caller}))
    return 0;  // like Suricata, which then crashes before it finalizes storage
  try {
    entries_.push_back({call, state().loading.place.load(std::memory_order_relaxed)});
  } catch (const std::bad_alloc&) {
    return 1;
  }
  return 0;
}

namespace {

Protocols& protocols() { return state().protocols; }

// Reports that Suricata would exit here.
void fatal(const char* function, const std::string& message, const void* caller) {
  notify(FatalCall{function, message.c_str(), true, caller});
}

std::string in_quotes(const char* name) {
  return name == nullptr ? "NULL" : "\"" + std::string(name) + "\"";
}

// Why Suricata would not accept a parser; "" if it does.
std::string refusal(const char* name, std::uint8_t ip_proto, AppProto protocol) {
  if (protocol <= ALPROTO_FAILED || protocol >= g_alproto_max)
    return "unknown or invalid protocol " + in_quotes(name);
  if (name == nullptr || std::strcmp(name, AppProtoToString(protocol)) != 0)
    return "the parser's name " + in_quotes(name) + " is not its protocol's, " +
           in_quotes(AppProtoToString(protocol));
  if (ip_proto != IPPROTO_TCP && ip_proto != IPPROTO_UDP)
    return "the parser " + in_quotes(name) + " is neither for TCP nor for UDP";
  return "";
}

// False: Suricata exits because of `p`, a detection or a parser.
template <class Registration>
bool is_accepted_protocol(const Registration* p, AppProto protocol, const char* function,
                          const void* caller) {
  const std::string why =
      p == nullptr ? "called with NULL" : refusal(p->name, p->ip_proto, protocol);
  if (!why.empty()) fatal(function, why, caller);
  return why.empty();
}

enum class Setting { absent, off, on, invalid };

// app-layer.protocols.NAME….enabled; "detection-only" means on for detection, off for parsers.
Setting setting(const std::string& name, bool detection) {
  const SCConfNode* const node = SCConfGetNode(name.c_str());
  if (node == nullptr) return Setting::absent;
  if (node->val == nullptr) return Setting::off;
  if (SCConfValIsTrue(node->val) != 0) return Setting::on;
  if (SCConfValIsFalse(node->val) != 0) return Setting::off;
  if (::strcasecmp(node->val, "detection-only") == 0) return detection ? Setting::on : Setting::off;
  return Setting::invalid;
}

int enabled(const char* ipproto, const char* protocol, bool detection, bool by_default,
            const char* function, const void* caller) {
  // Like snprintf for NULL.
  const auto text = [](const char* word) { return word == nullptr ? "(null)" : word; };
  const std::string base = std::string("app-layer.protocols.") + text(protocol) + ".";
  for (const std::string& name : {base + text(ipproto) + ".enabled", base + "enabled"}) {
    const Setting found = setting(name, detection);
    if (found == Setting::invalid) {
      fatal(function, "invalid value for " + name, caller);
      return 0;
    }
    if (found != Setting::absent) return found == Setting::on ? 1 : 0;
  }
  return by_default ? 1 : 0;
}

}  // namespace

SURISIM_ABI const char* AppProtoToStringRaw(AppProto alproto) {
  return protocols().name_of(alproto);
}

SURISIM_ABI const char* AppProtoToString(AppProto alproto) {
  if (alproto == ALPROTO_HTTP1) return "http";
  if (alproto == ALPROTO_HTTP) return "http_any";
  return protocols().name_of(alproto);
}

SURISIM_ABI AppProto StringToAppProto(const char* proto_name) {
  return proto_name == nullptr ? static_cast<AppProto>(ALPROTO_UNKNOWN)
                               : protocols().find(proto_name);
}

SURISIM_ABI AppProto AppProtoNewProtoFromString(const char* proto_name) {
  AppProtoRegisterProtoString(g_alproto_max, proto_name);
  return static_cast<AppProto>(g_alproto_max - 1);
}

SURISIM_ABI void AppProtoRegisterProtoString(AppProto alproto, const char* proto_name) {
  if (protocols().set(alproto, proto_name))
    list_registration("app-layer protocol", proto_name, alproto);
}

// 8.0 has the same functions without a prefix (E28). There, detection is given a whole
// AppLayerParser, which begins with the same fields.
#define SURISIM_REGISTRATIONS(prefix)                                                         \
  SURISIM_ABI AppProto prefix##AppLayerRegisterProtocolDetection(                             \
      const struct AppLayerProtocolDetect* p, int);                                           \
  SURISIM_ABI AppProto prefix##AppLayerRegisterProtocolDetection(                             \
      const struct AppLayerProtocolDetect* p, int) {                                          \
    const AppProto protocol = StringToAppProto(p == nullptr ? nullptr : p->name);             \
    if (!is_accepted_protocol(p, protocol, __func__, SURISIM_CALLER) || p == nullptr)         \
      return ALPROTO_UNKNOWN;                                                                 \
    list_registration("protocol detection", p->name, protocol);                               \
    return protocol;                                                                          \
  }                                                                                           \
  SURISIM_ABI int prefix##AppLayerRegisterParser(const struct AppLayerParser* p,              \
                                                 AppProto alproto);                           \
  SURISIM_ABI int prefix##AppLayerRegisterParser(const struct AppLayerParser* p,              \
                                                 AppProto alproto) {                          \
    if (is_accepted_protocol(p, alproto, __func__, SURISIM_CALLER) && p != nullptr)           \
      list_registration("app-layer parser", p->name, alproto);                                \
    return 0;                                                                                 \
  }                                                                                           \
  SURISIM_ABI int prefix##AppLayerRegisterParserAlias(const char*, const char* proto_alias);  \
  SURISIM_ABI int prefix##AppLayerRegisterParserAlias(const char*, const char* proto_alias) { \
    list_registration("protocol alias", proto_alias, -1);                                     \
    return 0;                                                                                 \
  }
SURISIM_REGISTRATIONS(SC)
SURISIM_REGISTRATIONS()
#undef SURISIM_REGISTRATIONS

SURISIM_ABI int SCAppLayerProtoDetectConfProtoDetectionEnabledDefault(const char* ipproto,
                                                                      const char* alproto,
                                                                      bool default_enabled) {
  return enabled(ipproto, alproto, true, default_enabled, __func__, SURISIM_CALLER);
}

SURISIM_ABI int SCAppLayerProtoDetectConfProtoDetectionEnabled(const char* ipproto,
                                                               const char* alproto) {
  return enabled(ipproto, alproto, true, true, __func__, SURISIM_CALLER);
}

SURISIM_ABI int SCAppLayerParserConfParserEnabled(const char* ipproto, const char* alproto_name) {
  return enabled(ipproto, alproto_name, false, true, __func__, SURISIM_CALLER);
}

SURISIM_ABI void SCAppLayerProtoDetectPPRegister(uint8_t, const char*, AppProto alproto, uint16_t,
                                                 uint16_t, uint8_t, ProbingParserFPtr,
                                                 ProbingParserFPtr) {
  list_registration("probing parser", AppProtoToString(alproto), alproto);
}

// Returns 1 if the configuration has the ports.
SURISIM_ABI int SCAppLayerProtoDetectPPParseConfPorts(const char* ipproto_name, uint8_t,
                                                      const char* alproto_name, AppProto alproto,
                                                      uint16_t, uint16_t, ProbingParserFPtr,
                                                      ProbingParserFPtr) {
  const std::string base = std::string("app-layer.protocols.") + alproto_name + ".";
  const char* const ports = "detection-ports";
  if (SCConfGetNode((base + ports).c_str()) == nullptr &&
      SCConfGetNode((base + ipproto_name + "." + ports).c_str()) == nullptr)
    return 0;
  list_registration("probing parser", alproto_name, alproto);
  return 1;
}

SURISIM_ABI int SCAppLayerProtoDetectPMRegisterPatternCS(uint8_t, AppProto alproto, const char*,
                                                         uint16_t, uint16_t, uint8_t) {
  list_registration("detection pattern", AppProtoToString(alproto), alproto);
  return 0;
}

SURISIM_ABI int SCAppLayerProtoDetectPMRegisterPatternCI(uint8_t, AppProto alproto, const char*,
                                                         uint16_t, uint16_t, uint8_t) {
  list_registration("detection pattern", AppProtoToString(alproto), alproto);
  return 0;
}

SURISIM_ABI int SCAppLayerProtoDetectPMRegisterPatternCSwPP(uint8_t, AppProto alproto, const char*,
                                                            uint16_t, uint16_t, uint8_t,
                                                            ProbingParserFPtr, uint16_t, uint16_t) {
  list_registration("detection pattern", AppProtoToString(alproto), alproto);
  return 0;
}

SURISIM_ABI int SCAppLayerProtoDetectPMRegisterPatternCIwPP(uint8_t, AppProto alproto, const char*,
                                                            uint16_t, uint16_t, uint8_t,
                                                            ProbingParserFPtr, uint16_t, uint16_t) {
  list_registration("detection pattern", AppProtoToString(alproto), alproto);
  return 0;
}

SURISIM_ABI int SCAppLayerParserReallocCtx(AppProto) { return 0; }

SURISIM_ABI void SCAppLayerParserRegisterParserAcceptableDataDirection(uint8_t, AppProto, uint8_t) {
}

SURISIM_ABI void SCAppLayerParserRegisterLogger(uint8_t, AppProto) {}

SURISIM_ABI void SCAppLayerParserRegisterGetTxSubStateFuncs(AppProto, uint8_t,
                                                            AppLayerParserGetStateIdByNameFn,
                                                            AppLayerParserGetStateNameByIdFn) {}

SURISIM_ABI void SCAppLayerParserSetStreamDepth(uint8_t, AppProto, uint32_t) {}

SURISIM_ABI int SCOutputEvePreRegisterLogger(EveJsonTxLoggerRegistrationData reg_data) {
  list_registration("tx logger", reg_data.logname, reg_data.alproto);
  if (reg_data.confname != nullptr) {
    const HostScope host;
    state().eve_types.emplace_back(reg_data.confname);
  }
  return 0;
}

SURISIM_ABI int SCPluginRegisterAppLayer(SCAppLayerPlugin* plugin) {
  note_call(__func__);
  const AppProto protocol = AppProtoNewProtoFromString(plugin->name);
  if (plugin->Register != nullptr &&
      state().parser_registrations.add(JournalCallback::app_layer_register, plugin->Register,
                                       SURISIM_CALLER) != 0)
    return 1;
  if (plugin->KeywordsRegister != nullptr && SCSigTablePreRegister(plugin->KeywordsRegister) != 0)
    return 1;
  if (plugin->Logger == nullptr) return 0;
  EveJsonTxLoggerRegistrationData logger{};
  logger.confname = plugin->confname;
  logger.logname = plugin->logname;
  logger.alproto = protocol;
  logger.dir = plugin->dir;
  logger.LogTx = plugin->Logger;
  return SCOutputEvePreRegisterLogger(logger) == 0 ? 0 : 1;
}
