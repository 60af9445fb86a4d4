/* The last finish gives the table back: a count of flows that others still change. */
#include "plugin.h"

static _Atomic int flows;
static _Atomic int table_is_there = 1;

static void OnInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  atomic_fetch_add(&flows, 1);
#ifndef FIXED
  require(atomic_load(&table_is_there) == 1);
#endif
}

static void OnFinish(ThreadVars* tv, Flow* f, void* user) {
#ifdef FIXED
  atomic_fetch_sub(&flows, 1);
#else
  if (atomic_fetch_sub(&flows, 1) == 1) atomic_store(&table_is_there, 0);
#endif
}

static void Init(void) {
  (void)table_is_there;
  SCFlowRegisterInitCallback(OnInit, NULL);
  SCFlowRegisterFinishCallback(OnFinish, NULL);
}

PLUGIN("shutdown", Init)
