/* Allocates like a dissector: a tree of small blocks for each flow, freed with it, and several
 * blocks for each packet, freed before the callback returns. The cost with checks on, compared
 * with --no-checks, is that of surisim's table of blocks. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "flow-callbacks.h"
#include "flow-storage.h"
#include "suricata-plugin.h"

enum { kPerFlow = 16, kPerPacket = 24 };

typedef struct State {
  void* blocks[kPerFlow];
  uint64_t sum;
} State;

static SCFlowStorageId slot = {-1};

static size_t size_of(unsigned i) { return 16 + (i * 40) % 240; }

static void free_state(void* value) {
  State* state = value;
  for (unsigned i = 0; i < kPerFlow; ++i) free(state->blocks[i]);
  free(state);
}

static void on_flow_init(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)tv, (void)p, (void)user;
  State* state = calloc(1, sizeof(*state));
  if (state == NULL) return;
  for (unsigned i = 0; i < kPerFlow; ++i) state->blocks[i] = malloc(size_of(i));
  if (SCFlowSetStorageById(f, slot, state) != 0) free_state(state);
}

static void on_flow_update(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)tv, (void)p, (void)user;
  State* state = SCFlowGetStorageById(f, slot);
  if (state == NULL) return;
  unsigned char* blocks[kPerPacket];
  for (unsigned i = 0; i < kPerPacket; ++i) {
    blocks[i] = malloc(size_of(i));
    if (blocks[i] != NULL) memset(blocks[i], (int)i, size_of(i));
  }
  for (unsigned i = 0; i < kPerPacket; ++i) {
    if (blocks[i] != NULL) state->sum += blocks[i][7];
    free(blocks[i]);
  }
}

static void init(void) {
  slot = SCFlowStorageRegister("allocations", free_state);
  if (slot.id < 0) return;
  SCFlowRegisterInitCallback(on_flow_init, NULL);
  SCFlowRegisterUpdateCallback(on_flow_update, NULL);
}

SCPlugin* SCPluginRegister(void);
SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {SC_API_VERSION, SC_PACKAGE_VERSION,    "allocations", "1.0.0",
                            "MIT",          "the surisim authors", init};
  return &plugin;
}
