// Source: suricata.c, util-debug.c (SCFatalErrorOnInitStatic).
#include "abi/engine_stage.hpp"

#include <suricata/conf.h>
#include <suricata/util-debug.h>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

std::atomic<unsigned> engine_stage_sc_atomic__{SURICATA_INIT};
volatile uint8_t suricata_ctl_flags = 0;

void surisim::abi::set_stage(unsigned stage, bool asked_to_stop) {
  engine_stage_sc_atomic__.store(stage);
  suricata_ctl_flags = asked_to_stop ? SURICATA_STOP : 0;
}

// Fatal where the engine starts and the configuration says so; a warning otherwise.
SURISIM_ABI void SCFatalErrorOnInitStatic(const char* message) {
  const char* const text = message == nullptr ? "(null)" : message;
  int fatal = 0;
  (void)SCConfGetBool("engine.init-failure-fatal", &fatal);
  const bool init = surisim::abi::starting();
  const bool ends = init && fatal != 0;
  SCLogErr(ends ? SC_LOG_ERROR : SC_LOG_WARNING, __FILE__, __func__, __LINE__, "util-debug", "%s",
           text);
  if (init) surisim::abi::notify(surisim::abi::FatalCall{__func__, text, ends, SURISIM_CALLER});
}
