/* The C library allocates the value, in open_memstream and getline. */
#include "twin.h"

static SCFlowStorageId written;
static SCFlowStorageId read_back;

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  char* text = NULL;
  char* line = NULL;
  size_t size = 0;
  size_t capacity = 0;
  FILE* out = open_memstream(&text, &size);
  if (out == NULL) return;
  fprintf(out, "protocol %u on %s\nand more\n", f->proto, tv->name);
  fclose(out);
  SCFlowSetStorageById(f, written, text);
  FILE* in = fmemopen(text, size, "r");
  if (in == NULL) return;
  if (getline(&line, &capacity, in) < 0) SCLogInfo("an empty line");
  SCFlowSetStorageById(f, read_back, line);
  fclose(in);
}

static void Init(void) {
  written = SCFlowStorageRegister("written", free);
  read_back = SCFlowStorageRegister("read-back", free);
  if (written.id >= 0 && read_back.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("memory-stream", Init)
