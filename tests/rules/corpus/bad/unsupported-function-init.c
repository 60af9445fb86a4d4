/* Init asks for a hash table, which the simulator does not provide. */
#include "twin.h"

void* HashTableInit(uint32_t size, void* hash, void* compare, void* free_function);

static void Init(void) {
  if (HashTableInit(16, NULL, NULL, NULL) == NULL) SCLogInfo("no table");
}

TWIN_PLUGIN("asks-for-a-table", Init)
