/* A value like a Rust plugin's: a box of a fat pointer, with its destructor in a table. */
#include "twin.h"

typedef struct Table {
  void (*drop)(void*);
  size_t size;
} Table;

typedef struct FatPointer {
  void* data;
  const Table* table;
} FatPointer;

static SCFlowStorageId slot;

static void DropBox(void* ptr) {
  FatPointer* fat = ptr;
  fat->table->drop(fat->data);
  free(fat);
}

static const Table table = {free, sizeof(uint64_t)};

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  FatPointer* fat = malloc(sizeof(*fat));
  if (fat == NULL) return;
  *fat = (FatPointer){calloc(1, table.size), &table};
  if (SCFlowSetStorageById(f, slot, fat) != 0) DropBox(fat);
}

static void Init(void) {
  slot = SCFlowStorageRegister("box", DropBox);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("boxed-trait-object", Init)
