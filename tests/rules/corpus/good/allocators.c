/* Values from all kinds of allocators, each freed as its allocator requires. */
#include <sys/mman.h>

#include "twin.h"

static SCFlowStorageId suricatas;
static SCFlowStorageId aligned;
static SCFlowStorageId printed;
static SCFlowStorageId mapped;

static void FreeSuricatas(void* value) { SCFree(value); }

static void Unmap(void* value) { munmap(value, 4096); }

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  void* value = NULL;
  SCFlowSetStorageById(f, suricatas, SCCalloc(1, 24));
  if (posix_memalign(&value, 64, 128) == 0) SCFlowSetStorageById(f, aligned, value);
  char* text = NULL;
  if (asprintf(&text, "protocol %d", f->proto) >= 0) SCFlowSetStorageById(f, printed, text);
  value = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (value != MAP_FAILED) SCFlowSetStorageById(f, mapped, value);
}

static void Init(void) {
  suricatas = SCFlowStorageRegister("of-suricata", FreeSuricatas);
  aligned = SCFlowStorageRegister("aligned", free);
  printed = SCFlowStorageRegister("printed", free);
  mapped = SCFlowStorageRegister("mapped", Unmap);
  if (suricatas.id < 0 || aligned.id < 0 || printed.id < 0 || mapped.id < 0) return;
  SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("allocators", Init)
