// Every worker calls exit(). What one of them then destroys the others still use.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "decode.h"
#include "flow-callbacks.h"
#include "suricata-plugin.h"
#include "thread-callbacks.h"

namespace {

struct Table {
  Table() : words(std::make_unique<std::vector<std::string>>(100, std::string(100, 'x'))) {}
  ~Table() {
    for (volatile int i = 0; i < 1'000'000;) i = i + 1;
    words.reset();
  }
  std::unique_ptr<std::vector<std::string>> words;
};

// Created in a callback, so that its destructor runs first.
Table& table() {
  static Table words;
  return words;
}

volatile std::size_t bytes;

void on_flow_init(ThreadVars*, Flow*, const Packet*, void*) {
  for (const std::string& word : *table().words) bytes = bytes + word.size();
  if (bytes > 100'000) std::exit(3);
}

void on_flow_update(ThreadVars*, Flow*, Packet*, void*) {
  for (const std::string& word : *table().words) bytes = bytes + word.size();
}

void init() {
  SCThreadRegisterInitCallback([](ThreadVars*, void*) { (void)table(); }, nullptr);
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  SCFlowRegisterUpdateCallback(on_flow_update, nullptr);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin{};
  plugin.version = SC_API_VERSION;
  plugin.suricata_version = SC_PACKAGE_VERSION;
  plugin.name = "exits_at_once";
  plugin.plugin_version = "1";
  plugin.license = "MIT";
  plugin.author = "A. Tester";
  plugin.Init = init;
  return &plugin;
}
