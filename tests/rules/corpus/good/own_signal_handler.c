/* A handler for a signal that Suricata does not use; nothing crashes. */
#include "twin.h"

static volatile sig_atomic_t asked;

static void OnSignal(int number) { asked = 1; }

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  if (!asked) pthread_kill(pthread_self(), SIGUSR1);
}

static void Init(void) {
  struct sigaction action = {.sa_handler = OnSignal};
  sigaction(SIGUSR1, &action, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("own-signal-handler", Init)
