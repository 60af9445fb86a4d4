#include "reference.h"

void* ReferenceGetById(const Storage* storage, StorageEnum type, int id) {
  (void)type;
  if (storage == NULL) return NULL;
  return storage[id].ptr;
}
