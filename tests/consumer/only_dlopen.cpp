// Uses no function of surisim, so only the package's link options keep the library.
#include <dlfcn.h>

#include <cstdio>

int main(int, char** argv) {
  if (dlopen(argv[1], RTLD_NOW) != nullptr) return 0;
  std::puts(dlerror());
  return 1;
}
