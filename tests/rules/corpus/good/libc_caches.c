/* Functions of the C library that allocate once and keep it: time zones, names, locales, messages.
 */
#include <locale.h>
#include <pwd.h>

#include "twin.h"

static SCFlowStorageId slot;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  const time_t now = 1700000000 + f->proto;
  struct tm parts;
  char text[64];
  if (localtime_r(&now, &parts) == NULL) return;
  strftime(text, sizeof(text), "%c", &parts);
  SCFlowSetStorageById(f, slot, strdup(strerror(12345)));
}

static void OnThreadInit(ThreadVars* tv, void* user) {
  setlocale(LC_ALL, "C.UTF-8");
  if (getpwuid(0) == NULL) SCLogInfo("no root");
  printf("%s %f\n", tv->name, 0.5);
}

static void Init(void) {
  slot = SCFlowStorageRegister("message", free);
  if (slot.id < 0) return;
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("libc-caches", Init)
