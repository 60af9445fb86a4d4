#include "reference.h"

void* ReferenceThreadGetById(const ThreadVars* tv, SCThreadStorageId id) {
  return ReferenceGetById(tv->storage, STORAGE_THREAD, id.id);
}
