/* Uses fields of 8.0's structs; comments say what `surisim inspect` reports for each line. */
#define SURISIM_API_VERSION 0x0800
#include "decode.h"
#include "flow-callbacks.h"
#include "flow.h"
#include "suricata-plugin.h"
#include "thread-callbacks.h"
#include "threadvars.h"

static unsigned long long total;

static uint64_t of_flow(const Flow* f) { return f->todstbytecnt; /* moved */ }

static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)user;
  total += p->payload_len;          /* moved */
  total += p->proto;                /* where it was */
  total += (unsigned)f->flow_state; /* moved */
  if (p->flow != NULL) {
    total += p->flow->flags; /* moved, through a pointer in the packet */
  }
  f->file_flags = 1;                                       /* moved, and written */
  total += (unsigned long long)tv->id;                     /* moved */
  total += tv->thread_group_name != NULL ? of_flow(f) : 0; /* only in 8.0 */
}

static void Init(void) { SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL); }

SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {
      .version = 0x0800,
      .suricata_version = "8.0.6",
      .name = "reads-fields",
      .plugin_version = "1",
      .license = "MIT",
      .author = "surisim",
      .Init = Init,
  };
  return &plugin;
}
