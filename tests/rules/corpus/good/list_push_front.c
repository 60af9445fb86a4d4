/* Each packet's node goes in front of the list: the old head follows the new one. */
#include "twin.h"

typedef struct Node {
  struct Node* next;
  uint8_t proto;
} Node;

static SCFlowStorageId slot;

static void FreeList(void* list) {
  for (Node* node = list; node != NULL;) {
    Node* next = node->next;
    free(node);
    node = next;
  }
}

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  Node* node = calloc(1, sizeof(*node));
  if (node == NULL) return;
  node->proto = p->proto;
  node->next = SCFlowGetStorageById(f, slot);
  SCFlowSetStorageById(f, slot, node);
}

static void Init(void) {
  slot = SCFlowStorageRegister("packets", FreeList);
  if (slot.id >= 0) SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}

TWIN_PLUGIN("list-push-front", Init)
