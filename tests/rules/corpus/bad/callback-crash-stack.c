/* An infinite recursion. */
#include "twin.h"

static volatile int depth;

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int Deeper(int n) {
  volatile char frame[1024];
  frame[0] = (char)n;
  depth = n;
  return Deeper(n + 1) + frame[0];
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  if (Deeper(1) == 0) SCLogInfo("deep");
}

static void Init(void) { SCFlowRegisterInitCallback(OnFlowInit, NULL); }

TWIN_PLUGIN("recursion", Init)
