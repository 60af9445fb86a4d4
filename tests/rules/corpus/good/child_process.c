/* A program is run once, in a child process that calls _exit: this ends the child, not Suricata.
 */
#include <sys/wait.h>

#include "twin.h"

static bool asked;

static void OnThreadInit(ThreadVars* tv, void* user) {
  if (asked) return;
  asked = true;
  const pid_t child = fork();
  if (child == 0) _exit(3);
  int status = 0;
  if (child > 0 && waitpid(child, &status, 0) == child)
    SCLogInfo("the answer is %d", WEXITSTATUS(status));
  FILE* pipe = popen("true", "r");
  if (pipe != NULL) pclose(pipe);
}

static void Init(void) { SCThreadRegisterInitCallback(OnThreadInit, NULL); }

TWIN_PLUGIN("child-process", Init)
