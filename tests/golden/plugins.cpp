// Implements plugins.hpp.
#include "plugins.hpp"

#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include <cstdlib>

namespace surisim::test {

namespace {

struct Plugin {
  Change change = Change::nothing;
  SCThreadStorageId a{-1}, b{-1};
  SCFlowStorageId flow{-1};
};
Plugin g_plugin;  // one plugin at a time, as one engine

void make_a(ThreadVars* tv, void*) {
  if (g_plugin.change != Change::set_on_worker)
    SCThreadSetStorageById(tv, g_plugin.a, std::malloc(1));
}
void make_b(ThreadVars* tv, void*) { SCThreadSetStorageById(tv, g_plugin.b, std::malloc(1)); }

void on_flow_init(ThreadVars* tv, Flow* f, const Packet*, void*) {
  SCFlowSetStorageById(f, g_plugin.flow, std::malloc(1));
  void* const a = SCThreadGetStorageById(tv, g_plugin.a);
  if (g_plugin.change == Change::freed_on_worker && a != nullptr)
    SCThreadFreeStorageById(tv, g_plugin.a);
  if (g_plugin.change == Change::set_on_worker && a == nullptr)
    SCThreadSetStorageById(tv, g_plugin.a, std::malloc(1));
}
void on_flow_update(ThreadVars*, Flow* f, Packet*, void*) {
  if (g_plugin.change == Change::flow_value_early &&
      SCFlowGetStorageById(f, g_plugin.flow) != nullptr)
    SCFlowFreeStorageById(f, g_plugin.flow);
}
void on_flow_finish(ThreadVars*, Flow*, void*) {}

void init() {
  const Change change = g_plugin.change;
  const bool swapped = change == Change::slots_swapped;
  (swapped ? g_plugin.b : g_plugin.a) = SCThreadStorageRegister(swapped ? "b" : "a", std::free);
  (swapped ? g_plugin.a : g_plugin.b) = SCThreadStorageRegister(swapped ? "a" : "b", std::free);
  g_plugin.flow = SCFlowStorageRegister("of a flow", std::free);
  SCThreadRegisterInitCallback(make_a, nullptr);
  if (change != Change::callback_lost) SCThreadRegisterInitCallback(make_b, nullptr);
  if (change == Change::callbacks_swapped) SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
  SCFlowRegisterInitCallback(on_flow_init, nullptr);
  if (change != Change::update_lost) SCFlowRegisterUpdateCallback(on_flow_update, nullptr);
  if (change != Change::callbacks_swapped) SCFlowRegisterFinishCallback(on_flow_finish, nullptr);
}

}  // namespace

std::function<void()> init_with(Change change) {
  g_plugin = {};
  g_plugin.change = change;
  return init;
}

}  // namespace surisim::test
