/* Callbacks in assembly, so that their number of instructions is known. Compiled again with
 * COUNTED_MORE, which makes a flow update cost one more. */
#include "plugin.h"

#define FUNCTION(name, body)                                             \
  __asm__(".text\n.type " #name ", @function\n.hidden " #name "\n" #name \
          ":\n.cfi_startproc\n" body ".cfi_endproc\n.size " #name ", .-" #name "\n")

#ifdef COUNTED_MORE
#define MORE "nop\n"
#else
#define MORE ""
#endif

/* 2. */
FUNCTION(on_thread_init, "nop\n ret\n");
void on_thread_init(ThreadVars* tv, void* user);
/* 1 + 10 iterations of 2 + 1. */
FUNCTION(on_flow_init, "mov $10, %ecx\n 1: dec %ecx\n jnz 1b\n ret\n");
void on_flow_init(ThreadVars* tv, Flow* f, const Packet* p, void* user);
/* 4, or 5. */
FUNCTION(on_flow_update, "xor %eax, %eax\n inc %eax\n dec %eax\n" MORE " ret\n");
void on_flow_update(ThreadVars* tv, Flow* f, Packet* p, void* user);
/* 3 + 8 bytes and the last check + 1. */
FUNCTION(on_flow_finish, "lea -16(%rsp), %rdi\n mov $8, %ecx\n xor %eax, %eax\n rep stosb\n ret\n");
void on_flow_finish(ThreadVars* tv, Flow* f, void* user);

static void init(void) {
  SCThreadRegisterInitCallback(on_thread_init, NULL);
  SCFlowRegisterInitCallback(on_flow_init, NULL);
  SCFlowRegisterUpdateCallback(on_flow_update, NULL);
  SCFlowRegisterFinishCallback(on_flow_finish, NULL);
}

NORMAL_PLUGIN("counted", init)
