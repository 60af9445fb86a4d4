/* Code that compilers generate rarely or never. */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "cases.h"

/* A function of `name`, with unwind information. */
#define FUNCTION(name, body)                                             \
  __asm__(".text\n.type " #name ", @function\n.hidden " #name "\n" #name \
          ":\n.cfi_startproc\nendbr64\n" body ".cfi_endproc\n.size " #name ", .-" #name "\n")

/* Each register has a different value while memory is accessed; rax: how many have changed. */
FUNCTION(keep_registers,
         "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
         "mov $1, %eax\n mov $2, %ecx\n mov $3, %edx\n mov $4, %ebx\n mov $5, %ebp\n"
         "mov $6, %esi\n mov $8, %r8d\n mov $9, %r9d\n mov $10, %r10d\n mov $11, %r11d\n"
         "mov $12, %r12d\n mov $13, %r13d\n mov $14, %r14d\n mov $15, %r15d\n"
         "stc\n"
         "mov %r15, (%rdi)\n mov %r14, 8(%rdi,%rax,8)\n mov 8(%rdi,%rax,8), %r14\n"
         "lock incq 32(%rdi)\n"
         "cmp $0x20, %r11\n" /* 11 is below, so the carry flag is set */
         "mov %r12, 48(%rdi)\n mov 48(%rdi), %r12\n"
         "sbb %r11, %r11\n" /* -1 */
         "sub $1, %rax\n sub $2, %rcx\n sub $3, %rdx\n sub $4, %rbx\n sub $5, %rbp\n"
         "sub $6, %rsi\n sub $8, %r8\n sub $9, %r9\n sub $10, %r10\n add $1, %r11\n"
         "sub $12, %r12\n sub $13, %r13\n sub $14, %r14\n sub $15, %r15\n"
         "or %rcx, %rax\n or %rdx, %rax\n or %rbx, %rax\n or %rbp, %rax\n or %rsi, %rax\n"
         "or %r8, %rax\n or %r9, %rax\n or %r10, %rax\n or %r11, %rax\n or %r12, %rax\n"
         "or %r13, %rax\n or %r14, %rax\n or %r15, %rax\n"
         "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n");
long keep_registers(long* memory);

static long KeepsRegisters(long n) {
  long memory[16] = {n};
  return keep_registers(memory) * 1000 + memory[0] + memory[4];
}

/* A sum of many words: the carry goes from each addition to the next, past loads and a jump back.
 */
FUNCTION(add_wide,
         "clc\n mov %rdx, %rcx\n"
         "1: mov (%rsi), %rax\n adc %rax, (%rdi)\n"
         "lea 8(%rsi), %rsi\n lea 8(%rdi), %rdi\n dec %rcx\n jnz 1b\n"
         "sbb %rax, %rax\n ret\n");
long add_wide(unsigned long* to, const unsigned long* from, long words);

static long KeepsFlags(long n) {
  unsigned long to[6] = {~0UL, ~0UL, (unsigned long)n, 4, ~0UL, ~0UL};
  const unsigned long from[6] = {1, 0, 5, ~0UL, 7, ~0UL};
  long sum = add_wide(to, from, 6);
  for (int i = 0; i < 6; ++i) sum = sum * 31 + (long)to[i];
  return sum;
}

FUNCTION(strings,
         "push %rdi\n push %rsi\n mov $24, %ecx\n cld\n rep movsb\n pop %rsi\n pop %rdi\n"
         "push %rdi\n lea 4(%rdi), %rdi\n mov $3, %ecx\n mov $0x41, %eax\n rep stosl\n pop %rdi\n"
         "mov $24, %ecx\n mov $0x41, %eax\n repne scasb\n mov %rcx, %rax\n"
         "xor %ecx, %ecx\n rep movsq\n" /* none */
         "ret\n");
long strings(char* to, const char* from);

static long Strings(long n) {
  char to[40] = {0};
  char from[40];
  for (int i = 0; i < 40; ++i) from[i] = (char)(n + i);
  long sum = strings(to, from);
  for (int i = 0; i < 40; ++i) sum = sum * 3 + to[i];
  return sum;
}

/* loop and jrcxz; push and pop with memory; a call through the stack; ret that pops arguments; an
 * address in 32 bits; xlat. */
FUNCTION(counted,
         "mov $5, %ecx\n xor %eax, %eax\n 1: add (%rdi), %rax\n loop 1b\n"
         "jrcxz 2f\n add $1000, %rax\n 2: mov $1, %ecx\n jrcxz 3f\n add $7, %rax\n 3: ret\n");
long counted(const long* value);
FUNCTION(pops_arguments, "mov 8(%rsp), %rax\n add 16(%rsp), %rax\n ret $16\n");
FUNCTION(mixed,
         "push %rbx\n.cfi_adjust_cfa_offset 8\n mov %rdi, %rbx\n"
         "pushq (%rbx)\n.cfi_adjust_cfa_offset 8\n popq 8(%rbx)\n.cfi_adjust_cfa_offset -8\n"
         "pushq $3\n pushq $4\n.cfi_adjust_cfa_offset 16\n call pops_arguments\n"
         ".cfi_adjust_cfa_offset -16\n"
         "lea pops_arguments(%rip), %rcx\n push %rcx\n push %rcx\n pushq $5\n pushq $6\n"
         "call *24(%rsp)\n lea 16(%rsp), %rsp\n"
         "add 8(%rbx), %rax\n pop %rbx\n.cfi_adjust_cfa_offset -8\n ret\n");
long mixed(long* memory);

static long Mixed(long n) {
  long memory[4] = {n, 0, 3, 4};
  return counted(memory) * 100 + mixed(memory) + memory[1];
}

/* From one instruction's prefix to behind it, as old code for one processor did. */
FUNCTION(skips_prefix,
         "mov $1, %eax\n cmp $3, %rsi\n jl 1f+1\n"
         "1: lock addl %eax, (%rdi)\n mov (%rdi), %eax\n ret\n");
long skips_prefix(int* value, long n);

static long SkipsPrefix(long n) {
  int value = (int)n;
  return skips_prefix(&value, n & 7) + value;
}

/* Data between functions. */
__asm__(
    ".text\n.balign 16\n.hidden in_text\nin_text:\n.quad 0x123456789abcdef, 0xfedcba987654321\n");
extern const long in_text[2];
static long DataInText(long n) { return in_text[n & 1] + n; }

/* An instruction that no processor knows, which is not reached. */
FUNCTION(unknown_inside,
         "mov (%rdi), %rax\n test %rax, %rax\n js 1f\n add $5, %rax\n ret\n 1: .byte 0x06\n ret\n");
long unknown_inside(const long* value);
/* A jump whose target depends on its address. */
FUNCTION(
    transaction_inside,
    "mov (%rdi), %rax\n test %rax, %rax\n js 1f\n add $6, %rax\n ret\n 1: xbegin 2f\n 2: ret\n");
long transaction_inside(const long* value);
static long Unknown(long n) {
  const long value = n & 1023;
  return unknown_inside(&value) * 10 + transaction_inside(&value);
}

__attribute__((target("avx2"), noinline)) static long gather(const long* values, long n) {
  const __m256i at = _mm256_set_epi64x(n & 3, 2, 5, 7);
  const __m256i all = _mm256_i64gather_epi64((const long long*)values, at, 8);
  long long out[4];
  _mm256_storeu_si256((__m256i*)out, all);
  return out[0] * 3 + out[1] * 5 + out[2] * 7 + out[3];
}

static long Gathers(long n) {
  long values[8];
  for (int i = 0; i < 8; ++i) values[i] = n * i;
  return __builtin_cpu_supports("avx2") ? gather(values, n) : 0;
}

/* Mask and vector registers stay over accesses, and operands may be scaled. */
__attribute__((target("avx512f"), noinline)) static long wide(long* values, long n) {
  const __m512i a = _mm512_set1_epi64(n);
  const __mmask8 odd = _mm512_cmpgt_epi64_mask(_mm512_loadu_si512(values), a);
  values[n & 7] += 3;
  const __m512i b = _mm512_loadu_si512(values + 8);
  const __m512i sum = _mm512_mask_add_epi64(a, odd, b, _mm512_loadu_si512(values));
  _mm512_storeu_si512(values + 16, sum);
  long total = _mm512_reduce_add_epi64(sum);
  for (int i = 0; i < 24; ++i) total = total * 3 + values[i];
  return total;
}

static long Vectors(long n) {
  long values[24];
  for (int i = 0; i < 24; ++i) values[i] = n * i % 11 - 3;
  return __builtin_cpu_supports("avx512f") ? wide(values, n) : 0;
}

const Case cases[] = {{"KeepsRegisters", KeepsRegisters},
                      {"KeepsFlags", KeepsFlags},
                      {"Strings", Strings},
                      {"Mixed", Mixed},
                      {"SkipsPrefix", SkipsPrefix},
                      {"DataInText", DataInText},
                      {"Unknown", Unknown},
                      {"Gathers", Gathers},
                      {"Vectors", Vectors},
                      {NULL, NULL}};
