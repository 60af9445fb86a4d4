/* Each thread's value is a FILE, opened at its first flow and closed by Free. */
#include "twin.h"

static SCThreadStorageId slot;

static void Close(void* file) { fclose(file); }

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  FILE* file = SCThreadGetStorageById(tv, slot);
  if (file == NULL) {
    file = fopen("/dev/null", "w");
    if (file == NULL) return;
    SCThreadSetStorageById(tv, slot, file);
  }
  fprintf(file, "%u %.3f\n", f->proto, 0.125);
}

static void Init(void) {
  slot = SCThreadStorageRegister("file", Close);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("file-value", Init)
