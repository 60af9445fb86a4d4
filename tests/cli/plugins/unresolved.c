/* Calls two functions that are not defined anywhere, and some of Suricata and libc. */
#include "plugin.h"

int surisim_test_missing_one(void);
int surisim_test_missing_two(void);
__attribute__((weak)) int surisim_test_missing_weak(void);

static void init(void) {
  printf("%d\n", surisim_test_missing_one() + surisim_test_missing_two());
  if (surisim_test_missing_weak) surisim_test_missing_weak();
  SCThreadStorageRegister("unresolved", free);
}

NORMAL_PLUGIN("unresolved", init)
