/* Implements reference.h, its first half: the call of the second, as in Suricata. */
#include "reference.h"

void* ReferenceThreadGetById(const ThreadVars* tv, SCThreadStorageId id) {
  return ReferenceGetById(tv->storage, STORAGE_THREAD, id.id);
}
