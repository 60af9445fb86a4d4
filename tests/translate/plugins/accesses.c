/* Functions whose accesses are known exactly: in assembly, so that no compiler changes them. */
#define FUNCTION(name, body)                                                                       \
  __asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n.cfi_startproc\n" body \
          ".cfi_endproc\n.size " #name ", .-" #name "\n")

/* long read_write(long* a, long* b) */
FUNCTION(read_write,
         "mov (%rsi), %rax\n" /* reads 8 */
         "add $1, %rax\n"
         "mov %rax, (%rdi)\n"    /* writes 8 */
         "addl $2, 16(%rsi)\n"   /* reads and writes 4 */
         "movb $7, 3(%rdi)\n"    /* writes 1 */
         "lock incw 8(%rdi)\n"   /* both, 2, locked */
         "xchg %rax, 24(%rdi)\n" /* both, 8, locked */
         "push %rax\n"           /* not logged */
         "movq $1, -24(%rsp)\n"  /* not logged */
         "lea 8(%rdi), %rcx\n"   /* no access */
         "pop %rax\n"
         "ret\n");

/* void load_wide(long* from): displacements that are scaled, and a broadcast of 8 bytes */
FUNCTION(load_wide,
         "vmovdqu64 128(%rdi), %zmm16\n vpaddq 24(%rdi){1to8}, %zmm16, %zmm17\n"
         "vmovdqu64 %zmm17, -64(%rdi)\n ret\n");

/* void copy(char* to, const char* from, long bytes) */
FUNCTION(copy, "mov %rdx, %rcx\n rep movsb\n ret\n");

/* void fill(long* to, long count): an access in each turn. */
FUNCTION(fill, "1: mov %rsi, (%rdi)\n add $8, %rdi\n dec %rsi\n jnz 1b\n ret\n");

/* The next ones begin with the instruction of interest. */
/* void increment(long* value) */
FUNCTION(increment, "addq $1, (%rdi)\n ret\n");
/* int half(unsigned char* value): shifts, and says what flag it gave. */
FUNCTION(half, "shrb $1, 5(%rdi)\n setc %al\n movzbl %al, %eax\n ret\n");
/* void lock_increment(long* value) */
FUNCTION(lock_increment, "lock addq $1, (%rdi)\n ret\n");
/* long load(long* values, long index) */
FUNCTION(load, "mov 8(%rdi,%rsi,8), %rax\n ret\n");
/* long call_through(long (**function)(void)) */
FUNCTION(call_through,
         "sub $8, %rsp\n.cfi_adjust_cfa_offset 8\n call *8(%rdi)\n add $1, %rax\n add $8, "
         "%rsp\n.cfi_adjust_cfa_offset -8\n ret\n");
FUNCTION(seven, "mov $7, %eax\n ret\n");

/* void wait_for(volatile int* flag) */
FUNCTION(wait_for, "1: cmpl $0, (%rdi)\n je 1b\n ret\n");

/* long crash(long* address) */
FUNCTION(crash, "nop\n mov $5, %eax\n mov (%rdi), %rax\n add $1, %rax\n ret\n");
