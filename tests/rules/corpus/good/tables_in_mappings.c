/* What ended flows had is kept in tables in all kinds of mappings: one of a file, one that has
 * moved, one in a large reservation that is nearly all untouched, one beside memory that is
 * unmapped or that nobody may read. */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "twin.h"

#define PAGE ((size_t)4096)
#define RESERVED ((size_t)64 << 30)
#define KINDS 4

typedef struct Table {
  size_t used;
  void* values[PAGE / sizeof(void*) - 1];
} Table;

static SCFlowStorageId slot;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static Table* tables[KINDS];
static unsigned next;

static void KeepValue(void* value) {
  pthread_mutex_lock(&mutex);
  Table* table = tables[next++ % KINDS];
  if (table->used < sizeof(table->values) / sizeof(void*)) {
    table->values[table->used++] = value;
    value = NULL;
  }
  pthread_mutex_unlock(&mutex);
  free(value);
}

static void* Map(size_t size, int protection, int flags, int fd) {
  void* memory = mmap(NULL, size, protection, flags, fd, 0);
  if (memory == MAP_FAILED) abort();
  return memory;
}

static void* OfFile(void) {
  int fd = memfd_create("table", 0);
  if (fd < 0 || ftruncate(fd, (off_t)PAGE) != 0) abort();
  void* memory = Map(3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd); /* more than the file has */
  close(fd);
  return memory;
}

static void* Moved(void) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
  void* small = Map(PAGE, PROT_READ | PROT_WRITE, flags, -1);
  void* elsewhere = Map(4 * PAGE, PROT_NONE, flags, -1);
  munmap(elsewhere, 4 * PAGE);
  void* memory = mremap(small, PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere);
  if (memory != elsewhere) abort();
  return (char*)memory + 2 * PAGE;
}

static void* Reserved(void) {
  char* memory = Map(RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
  if (mprotect(memory + RESERVED / 2, PAGE, PROT_READ | PROT_WRITE) != 0) abort();
  return memory + RESERVED / 2;
}

static void* BesideHoles(void) {
  char* memory = Map(6 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  memset(memory, 1, 6 * PAGE);
  munmap(memory, PAGE);
  syscall(SYS_munmap, memory + 2 * PAGE, PAGE);
  mprotect(memory + 3 * PAGE, PAGE, PROT_NONE);
  munmap(memory + 5 * PAGE, PAGE);
  memset(memory + 4 * PAGE, 0, PAGE);
  return memory + 4 * PAGE;
}

static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  CountOnFlow(f, slot);
}

static void Init(void) {
  tables[0] = OfFile();
  tables[1] = Moved();
  tables[2] = Reserved();
  tables[3] = BesideHoles();
  slot = SCFlowStorageRegister("packets", KeepValue);
  if (slot.id >= 0) SCFlowRegisterInitCallback(OnFlowInit, NULL);
}

TWIN_PLUGIN("tables-in-mappings", Init)
