// The function that translated code calls to stop, in assembly: saves all registers, the vector
// registers with xsave, calls the stop handler, and restores them.
#include "translate/thread_state.hpp"

#include <cpuid.h>

#include <atomic>
#include <cerrno>

namespace surisim::translate {
namespace {

// x87, SSE, AVX and AVX-512. Our functions do not use the others, of which one is AMX.
constexpr std::uint32_t kUsedParts = 0xe7;

std::atomic<StopHandler> g_stop_handler{nullptr};

}  // namespace

extern "C" {

// Read by surisim_translate_stop().
__attribute__((visibility("hidden"))) std::uint64_t surisim_translate_saved_parts = 0;
__attribute__((visibility("hidden"))) std::uint64_t surisim_translate_saved_bytes = 0;

__attribute__((visibility("hidden"))) void surisim_translate_stop();

__attribute__((visibility("hidden"), used)) void surisim_translate_stopped(Stop* stop) {
  const int error = errno;
  const StopHandler handler = g_stop_handler.load(std::memory_order_acquire);
  if (handler != nullptr) handler(*stop);
  errno = error;
}
}

// The CFI escapes, relative to rbx, which points to the Stop, let unwinders find the plugin's
// frame: its stack pointer in registers[4] and its instruction in `address`, both set by
// set_frame(), and its other registers where they were pushed. While rbx has another value, the
// stack ends here for unwinders. Bytes 512 to 575 of an xsave area are its header, which must be
// zero before xsave.
__asm__(R"(
  .text
  .hidden surisim_translate_stop
  .type surisim_translate_stop, @function
surisim_translate_stop:
  .cfi_startproc
  .cfi_signal_frame
  .cfi_undefined rip
  pushfq
  push $0                                    # Stop::address
  push %r15
  push %r14
  push %r13
  push %r12
  push %r11
  push %r10
  push %r9
  push %r8
  push %rdi
  push %rsi
  push %rbp
  push %rsp
  push %rbx
  push %rdx
  push %rcx
  push %rax
  mov %rsp, %rbx
  .cfi_escape 0x0f, 3, 0x73, 32, 0x06        # the frame: *(rbx + 32)
  .cfi_escape 0x10, 3, 2, 0x73, 24           # rbx at rbx + 24
  .cfi_escape 0x10, 6, 2, 0x73, 40           # rbp
  .cfi_escape 0x10, 12, 3, 0x73, 0xe0, 0     # r12 at rbx + 96
  .cfi_escape 0x10, 13, 3, 0x73, 0xe8, 0     # r13
  .cfi_escape 0x10, 14, 3, 0x73, 0xf0, 0     # r14
  .cfi_escape 0x10, 15, 3, 0x73, 0xf8, 0     # r15
  .cfi_escape 0x10, 16, 3, 0x73, 0x80, 1     # the address at rbx + 128
  cld
  sub surisim_translate_saved_bytes(%rip), %rsp
  and $-64, %rsp
  xor %eax, %eax
  mov %rax, 512(%rsp)
  mov %rax, 520(%rsp)
  mov %rax, 528(%rsp)
  mov %rax, 536(%rsp)
  mov %rax, 544(%rsp)
  mov %rax, 552(%rsp)
  mov %rax, 560(%rsp)
  mov %rax, 568(%rsp)
  mov surisim_translate_saved_parts(%rip), %rax
  xor %edx, %edx
  xsave64 (%rsp)
  mov %rbx, %rdi
  call surisim_translate_stopped
  mov surisim_translate_saved_parts(%rip), %rax
  xor %edx, %edx
  xrstor64 (%rsp)
  mov %rbx, %rsp
  .cfi_def_cfa rsp, 8
  .cfi_undefined rip
  .cfi_same_value rbx
  .cfi_same_value rbp
  pop %rax
  pop %rcx
  pop %rdx
  pop %rbx
  lea 8(%rsp), %rsp
  pop %rbp
  pop %rsi
  pop %rdi
  pop %r8
  pop %r9
  pop %r10
  pop %r11
  pop %r12
  pop %r13
  pop %r14
  pop %r15
  lea 8(%rsp), %rsp
  popfq
  ret
  .cfi_endproc
  .size surisim_translate_stop, . - surisim_translate_stop
)");

bool prepare_stops() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0) return false;
  unsigned low = 0;
  unsigned high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  surisim_translate_saved_parts = low & kUsedParts;
  if (__get_cpuid_count(0xd, 0, &a, &b, &c, &d) == 0) return false;
  surisim_translate_saved_bytes = b;  // for all parts that the system has enabled
  return true;
}

std::uintptr_t stop_function() { return reinterpret_cast<std::uintptr_t>(&surisim_translate_stop); }

void set_stop_handler(StopHandler handler) {
  g_stop_handler.store(handler, std::memory_order_release);
}

}  // namespace surisim::translate
