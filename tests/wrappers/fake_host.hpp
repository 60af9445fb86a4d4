// A fake host that the test controls: Suricata's C functions, implemented with vectors.
//
// It is for cases that need memory to run out, such as refused callbacks and values, and for
// checking exactly what the wrappers pass to the host. Everything else is tested with the simulator
// (lifecycle_test.cpp).
#pragma once

#include <suricata/conf.h>
#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>
#include <suricata/output-eve.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>
#include <suricata/util-debug.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace fake_host {

struct Slot {
  const char* name;  // the caller's pointer, as in the real host (L17)
  void (*free)(void*);
};

template <class Fn>
struct Callback {
  Fn fn;
  void* user;
};

struct LogLine {
  int level;
  std::string file;
  unsigned int line;
  std::string function;
  std::string module;
  std::string message;
};

struct State {
  bool refuse_slots = false;
  bool refuse_values = false;
  bool refuse_callbacks = false;
  int log_level = SC_LOG_NOTICE;

  std::vector<Slot> thread_slots;
  std::vector<Slot> flow_slots;
  std::vector<Callback<SCThreadInitCallbackFn>> thread_init;
  std::vector<Callback<SCFlowInitCallbackFn>> flow_init;
  std::vector<Callback<SCFlowUpdateCallbackFn>> flow_update;
  std::vector<Callback<SCFlowFinishCallbackFn>> flow_finish;
  std::vector<Callback<SCEveUserCallbackFn>> eve;
  std::vector<SCEveFileType*> eve_file_types;
  std::map<std::string, const char*> settings;  // NULL: a node without a value
  std::vector<LogLine> log;
  std::vector<std::string> fatal_errors;
  // A wrong place for a thread's values, if any.
  std::function<Storage*(ThreadVars*, int id)> thread_value;
  // What get returns for the value that it finds.
  std::function<void*(ThreadVars*, void* value)> thread_get;
  int gets = 0;
  int sets = 0;
};

State& state();
// Resets everything, at the start of each test.
void reset();

// A ThreadVars or a Flow with 16 empty slots. Frees the remaining values.
class Thread {
 public:
  Thread();
  ~Thread() { free_values(); }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  ThreadVars* raw() { return tv_; }
  // By ascending id (L21).
  void free_values();

 private:
  std::vector<void*> memory_;
  ThreadVars* tv_;
};

class OneFlow {
 public:
  OneFlow();
  ~OneFlow() { free_values(); }
  OneFlow(const OneFlow&) = delete;
  OneFlow& operator=(const OneFlow&) = delete;

  Flow* raw() { return flow_; }
  void free_values();

 private:
  std::vector<void*> memory_;
  Flow* flow_;
};

}  // namespace fake_host
