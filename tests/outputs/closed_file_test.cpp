// Goal: if the system allows plugins to reach the descriptor of the EVE file, a plugin that closes
// it is named. Method: a process whose threads may not have separate descriptors, as in some
// containers.
#include <gmock/gmock.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <suricata/flow-callbacks.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>

#include "surisim/fixtures/lifecycle_test.hpp"

namespace {

// From now on this process shares one table of descriptors among its threads. False: it cannot.
bool forbid_own_tables() {
  constexpr unsigned kRefuse = SECCOMP_RET_ERRNO | EPERM;
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, kRefuse),
  };
  const sock_fprog filter = {std::size(program), program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

class EveFile : public surisim::fixtures::LifecycleTest {
 protected:
  [[noreturn]] void run_and_exit() {
    if (!forbid_own_tables()) ::_exit(2);
    options.eve.file = testing::TempDir() + "closed-eve.json";
    load("closer", [] {
      SCFlowRegisterInitCallback(
          [](ThreadVars*, Flow*, const Packet*, void*) {
            for (int fd = 3; fd < 64; ++fd) ::close(fd);
          },
          nullptr);
    });
    const testing::AssertionResult ran = run();
    std::fprintf(stderr, "%s\n", ran.message());
    ::_exit(ran ? 1 : 0);
  }
};

#ifndef __SANITIZE_THREAD__  // which reports the close as a race, correctly
TEST_F(EveFile, ThatAPluginHasClosedNamesThePlugin) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(run_and_exit(), testing::ExitedWithCode(0),
              "cannot write EVE records to .*closed-eve.json.*its descriptor was closed by closer");
}
#endif

}  // namespace
