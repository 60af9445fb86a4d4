/*
 * A small plugin, right as it is, built several times with one thing changed: what `surisim verify`
 * must find. SWAPPED: two registrations in the other order; LOST: without its thread init callback;
 * ELSEWHERE: workers free their value themselves.
 */
#include <stdlib.h>

#include "flow-callbacks.h"
#include "suricata-plugin.h"
#include "thread-callbacks.h"
#include "thread-storage.h"

static SCThreadStorageId first;
static SCThreadStorageId second;

static void OnThreadInit(ThreadVars* tv, void* user) {
  (void)user;
  SCThreadSetStorageById(tv, first, malloc(1));
  SCThreadSetStorageById(tv, second, malloc(1));
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)f;
  (void)p;
  (void)user;
#ifdef ELSEWHERE
  if (SCThreadGetStorageById(tv, first) != NULL) {
    SCThreadFreeStorageById(tv, first);
  }
#else
  (void)tv;
#endif
}

static void Init(void) {
#ifdef SWAPPED
  second = SCThreadStorageRegister("second", free);
  first = SCThreadStorageRegister("first", free);
#else
  first = SCThreadStorageRegister("first", free);
  second = SCThreadStorageRegister("second", free);
#endif
#ifdef LOST
  (void)OnThreadInit;
#else
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
#endif
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .suricata_version = SC_PACKAGE_VERSION,
    .name = "changed",
    .plugin_version = "1.0.0",
    .license = "MIT",
    .author = "the surisim authors",
    .Init = Init,
};

SCPlugin* SCPluginRegister(void);

SCPlugin* SCPluginRegister(void) { return &plugin; }
