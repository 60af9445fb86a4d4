/* A file type for EVE records, with data for each thread. options: --eve-filetype counts
 */
#include <stdatomic.h>

#include "twin.h"

static int InitType(const SCConfNode* conf, const bool threaded, void** data) {
  *data = calloc(1, sizeof(atomic_ulong));
  return *data == NULL ? -1 : 0;
}

static int ThreadInit(const void* init_data, const ThreadId id, void** thread_data) {
  *thread_data = calloc(1, sizeof(atomic_ulong));
  return *thread_data == NULL ? -1 : 0;
}

static int Write(const char* buffer, const int length, const void* init_data, void* thread_data) {
  atomic_fetch_add((atomic_ulong*)thread_data, 1); /* not threaded: all threads share it */
  return 0;
}

static void ThreadDeinit(const void* init_data, void* thread_data) { free(thread_data); }

static void Deinit(void* data) { free(data); }

static SCEveFileType type = {
    .name = "counts",
    .Init = InitType,
    .ThreadInit = ThreadInit,
    .Write = Write,
    .ThreadDeinit = ThreadDeinit,
    .Deinit = Deinit,
};

static void Init(void) { SCRegisterEveFileType(&type); }

TWIN_PLUGIN("eve-filetype", Init)
