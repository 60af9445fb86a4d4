// Where an event happened, in words that do not depend on scheduling.
#pragma once

#include <string>
#include <string_view>

namespace surisim::golden {

// "W#02-eth0" -> "W"
inline std::string_view kind_of_thread(std::string_view os) { return os.substr(0, os.find('#')); }

// Which of several threads of a kind does something is often a race: "a worker", "a recycler".
inline std::string any_of_its_kind(std::string_view os) {
  const std::string_view kind = kind_of_thread(os);
  if (kind == "W") return "a worker";
  if (kind == "FR") return "a recycler";
  if (kind == "FM") return "a flow manager";
  if (kind == "RX") return "a receiver";
  if (kind == "DL") return "a detect loader";
  return std::string(os);
}

// What a thread of the plugin's was called for last, as far as events tell.
enum class During {
  nothing,
  flow_init,
  flow_update,
  flow_finish,
  flow_end,  // its storage is freed
  eve,       // on a record that any thread of its kind may make
  logger,
};

inline const char* to_string(During during) {
  switch (during) {
    case During::nothing:
      return "";
    case During::flow_init:
      return "flow init";
    case During::flow_update:
      return "flow update";
    case During::flow_finish:
      return "flow finish";
    case During::flow_end:
      return "a flow's end";
    case During::eve:
      return "EVE";
    case During::logger:
      return "a logger";
  }
  return "";
}

}  // namespace surisim::golden
