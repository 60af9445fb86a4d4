// Objects that a callback creates at its first call and that exist until the end: a static, a
// table.
#include <mutex>
#include <regex>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "twin.h"

namespace {

SCFlowStorageId slot;

const std::regex& pattern() {
  static const std::regex worker("W#[0-9]+(-.*)?");
  return worker;
}

std::string& interned(const std::string& text) {
  static std::mutex mutex;
  static std::unordered_map<std::string, std::string> all;
  const std::lock_guard lock(mutex);
  return all.try_emplace(text, text + ", kept for the life of the plugin").first->second;
}

void note(unsigned port) {
  static std::mutex mutex;
  static auto& ports = *new std::vector<unsigned>;  // never destroyed, for late users
  const std::lock_guard lock(mutex);
  ports.push_back(port);
}

void on_flow_init(ThreadVars* tv, Flow* f, const Packet*, void*) {
  if (!std::regex_match(tv->name, pattern())) return;
  std::ostringstream text;
  text << "protocol " << int{f->proto};
  note(f->dp);
  SCFlowSetStorageById(f, slot, &interned(text.str()));
}

void init() {
  slot = SCFlowStorageRegister("interned", [](void*) {});
  if (slot.id >= 0) SCFlowRegisterInitCallback(on_flow_init, nullptr);
}

}  // namespace

TWIN_PLUGIN("statics-in-functions", init)
