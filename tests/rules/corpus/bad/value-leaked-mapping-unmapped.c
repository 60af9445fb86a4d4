/* Each flow's value is kept in a page that the plugin maps for it, and unmaps with the value in it.
 */
#include <sys/mman.h>

#include "twin.h"

static SCFlowStorageId slot;

static void ForgetValue(void* value) {
  void** kept = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (kept == MAP_FAILED) {
    free(value);
    return;
  }
  kept[512] = value; /* on the second page */
  munmap(&kept[512], 4096);
  munmap(kept, 4096);
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnFlow(f, slot);
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", ForgetValue);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("mapping-unmapped", Init)
