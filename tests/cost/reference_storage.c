/* Implements reference.h, its second half: the load, in a separate unit as in Suricata. */
#include "reference.h"

void* ReferenceGetById(const Storage* storage, StorageEnum type, int id) {
  (void)type;
  if (storage == NULL) return NULL;
  return storage[id].ptr;
}
