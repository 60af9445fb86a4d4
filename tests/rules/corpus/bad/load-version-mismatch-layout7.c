/* Built for Suricata 7, whose structure has no version and begins with the name. */
#include <stddef.h>

typedef struct SCPlugin7 {
  const char* name;
  const char* license;
  const char* author;
  void (*Init)(void);
} SCPlugin7;

static void Init(void) {}

static SCPlugin7 plugin = {"layout-7", "MIT", "the surisim authors", Init};

SCPlugin7* SCPluginRegister(void);

SCPlugin7* SCPluginRegister(void) { return &plugin; }
