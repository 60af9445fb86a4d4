#include "abi/protocols.hpp"

#include <array>
#include <cstring>

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
