// Goal: what a plugin does to Suricata's process besides memory is found and attributed to it: file
// descriptors, threads and their attributes, and fields of Suricata's objects. Method: calls from a
// plugin's Init and callbacks, in process.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <pthread.h>
#include <signal.h>
#include <suricata/decode.h>
#include <suricata/flow-callbacks.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "surisim/fixtures/lifecycle_test.hpp"

namespace {

using namespace surisim;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// The decoys' numbers, found by their name, which a plugin would not do.
std::vector<int> decoys() {
  std::vector<int> found;
  for (int fd = 3; fd < 1024; ++fd) {
    std::string link(64, '\0');
    const std::string name = "/proc/self/fd/" + std::to_string(fd);
    if (::readlink(name.c_str(), link.data(), link.size()) > 0 &&
        link.find("surisim decoy") != std::string::npos)
      found.push_back(fd);
  }
  return found;
}

class Process : public fixtures::LifecycleTest {
 protected:
  // The message of the only violation, which is of this rule.
  std::string message_of(const std::string& rule) {
    const auto all = violations();
    if (all.size() != 1 || all[0].rule != rule) {
      ADD_FAILURE() << all.size() << " violations, not one of " << rule;
      return "";
    }
    return all[0].message;
  }
};

int closed;

TEST_F(Process, ADescriptorThatAnInitClosesIsItsPlugins) {
  load("innocent", [] {});
  load("closes", [] { ::close(closed = decoys().front()); });
  ASSERT_TRUE(run());
  EXPECT_THAT(message_of("foreign-descriptor"),
              HasSubstr("closes closed descriptor " + std::to_string(closed) + ", which"));
  EXPECT_EQ(violations()[0].callback, "Init");
}

std::atomic<bool> done;

TEST_F(Process, WhatIsWrittenToADescriptorIsQuoted) {
  done = false;
  load("writes", [] {
    SCFlowRegisterInitCallback(
        [](ThreadVars*, Flow*, const Packet*, void*) {
          if (done.exchange(true)) return;
          for (const int fd : decoys()) ASSERT_EQ(::write(fd, "\"hello\"\n", 8), 8);
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(message_of("foreign-descriptor"), HasSubstr(R"(("\x22hello\x22\x0a"))"));
  EXPECT_EQ(violations()[0].phase, "traffic");
}

// Zeros look like the previous contents.
TEST_F(Process, ZerosThatAreWrittenToADescriptorAreFoundAndSeveralPluginsAreNamed) {
  load("innocent", [] {});
  load("writes", [] {
    SCFlowRegisterFinishCallback(
        [](ThreadVars*, Flow*, void*) {
          const char zero = 0;
          for (const int fd : decoys()) ASSERT_EQ(::pwrite(fd, &zero, 1, 0), 1);
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  ASSERT_THAT(violations("foreign-descriptor"), Not(IsEmpty()));
  EXPECT_THAT(violations("foreign-descriptor")[0].message,
              HasSubstr("one of the plugins innocent and writes wrote to descriptors"));
}

TEST_F(Process, AThreadInitCallbackThatClosesADescriptorIsNamed) {
  load("closes", [] {
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          if (std::strcmp(tv->name, "W#02-eth0") == 0) ::close(decoys().back());
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(message_of("foreign-descriptor"), HasSubstr("closes closed descriptor"));
  EXPECT_EQ(violations()[0].callback, "thread init");
  EXPECT_EQ(violations()[0].tv, "W#02-eth0");
}

TEST_F(Process, AThreadInitCallbackThatWritesAnywhereInADescriptorIsNamed) {
  load("writes", [] {
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          if (std::strcmp(tv->name, "W#02-eth0") == 0) {
            ASSERT_EQ(::pwrite(decoys().back(), "x", 1, 4000), 1);
          }
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(message_of("foreign-descriptor"), HasSubstr("writes wrote to descriptor"));
  EXPECT_EQ(violations()[0].callback, "thread init");
}

// When the callback returns, its number belongs to a file of the plugin.
TEST_F(Process, ADescriptorThatAThreadInitCallbackReplacesIsFound) {
  load("replaces", [] {
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          if (std::strcmp(tv->name, "W#02-eth0") != 0) return;
          const int own = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
          ::dup2(own, closed = decoys().back());
          ::close(own);
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  ::close(closed);
  EXPECT_THAT(message_of("foreign-descriptor"), HasSubstr("replaces closed descriptor"));
}

TEST_F(Process, APluginMayUseItsOwnDescriptorsAndCloseAllInAChild) {
  load("clean", [] {
    const int mine = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ASSERT_EQ(::write(mine, "x", 1), 1);
    ::close(mine);
    const pid_t child = ::fork();
    if (child == 0) {
      for (int fd = 3; fd < 1024; ++fd) {
        if (::write(fd, "", 0) == 0) ::close(fd);
      }
      ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(violations(), IsEmpty());
}

TEST_F(Process, AllDecoysAreGoneAfterTheRun) {
  ASSERT_TRUE(start());
  EXPECT_THAT(decoys(), SizeIs(5));
  TearDown();
  EXPECT_THAT(decoys(), IsEmpty());
}

// L5: it runs on main.
TEST_F(Process, AThreadInitCallbackThatChangesTheThreadChangesMain) {
  load("renames", [] {
    SCThreadRegisterInitCallback(
        [](ThreadVars* tv, void*) {
          if (std::strcmp(tv->name, "W#02-eth0") != 0) return;
          sigset_t mask;
          sigemptyset(&mask);
          sigaddset(&mask, SIGUSR2);
          ::pthread_sigmask(SIG_BLOCK, &mask, nullptr);
          ::pthread_setname_np(::pthread_self(), "my worker");
        },
        nullptr);
  });
  std::string name(16, '\0');
  sigset_t mask;
  ::pthread_getname_np(::pthread_self(), name.data(), name.size());
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  ASSERT_TRUE(run());
  ::pthread_setname_np(::pthread_self(), name.c_str());
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  EXPECT_THAT(message_of("thread-attributes-changed"),
              HasSubstr("changed the name (now \"my worker\") and signal mask of main"));
  EXPECT_EQ(violations()[0].tv, "W#02-eth0");
}

TEST_F(Process, AThreadInitCallbackThatPinsTheThreadPinsMain) {
  load("pins", [] {
    SCThreadRegisterInitCallback(
        [](ThreadVars*, void*) {
          cpu_set_t one;
          CPU_ZERO(&one);
          CPU_SET(::sched_getcpu(), &one);
          ::sched_setaffinity(0, sizeof one, &one);
        },
        nullptr);
  });
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  ASSERT_TRUE(run());
  ::sched_setaffinity(0, sizeof before, &before);
  if (CPU_COUNT(&before) == 1) return;  // there is no other processor
  EXPECT_THAT(message_of("thread-attributes-changed"), HasSubstr("changed the CPU affinity of"));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

int (*call_on)(pthread_t);
pthread_t worker;
int result;

// Once, on the plugin's own thread, for the worker whose callback waits for it.
void call_on_a_worker() {
  SCFlowRegisterInitCallback(
      [](ThreadVars*, Flow*, const Packet*, void*) {
        if (done.exchange(true)) return;
        worker = ::pthread_self();
        std::thread([] { result = call_on(worker); }).join();
      },
      nullptr);
}

TEST_F(Process, AWorkerThatAPluginJoinsDetachesOrCancelsKeepsRunningAndIsJoinedBySuricata) {
  struct Call {
    const char* name;
    int (*function)(pthread_t);
    int result;
  };
  const auto join = [](pthread_t thread) { return ::pthread_join(thread, nullptr); };
  const auto try_join = [](pthread_t thread) { return ::pthread_tryjoin_np(thread, nullptr); };
  const auto detach = [](pthread_t thread) { return ::pthread_detach(thread); };
  const auto cancel = [](pthread_t thread) { return ::pthread_cancel(thread); };
  for (const Call& call :
       {Call{"pthread_join", join, EINVAL}, Call{"pthread_tryjoin_np", try_join, EINVAL},
        Call{"pthread_detach", detach, 0}, Call{"pthread_cancel", cancel, 0}}) {
    SCOPED_TRACE(call.name);
    TearDown();
    done = false;
    call_on = call.function;
    result = -1;
    load("takes", call_on_a_worker);
    ASSERT_TRUE(run());
    EXPECT_EQ(result, call.result);
    EXPECT_EQ(summary().flows.started, 200U);
    EXPECT_THAT(message_of("thread-not-owned"),
                HasSubstr(std::string(call.name) + " called with W#0"));
  }
}

TEST_F(Process, ASignalToAnotherThreadIsFoundButNotSignalZero) {
  for (const int signal : {0, SIGURG}) {  // which is ignored
    TearDown();
    done = false;
    static int sent;
    sent = signal;
    call_on = [](pthread_t thread) { return ::pthread_kill(thread, sent); };
    result = -1;
    load("signals", call_on_a_worker);
    ASSERT_TRUE(run());
    EXPECT_EQ(result, 0);
    EXPECT_THAT(violations("thread-not-owned"), SizeIs(signal == 0 ? 0 : 1));
  }
}

TEST_F(Process, APluginMayDoWhatItWantsWithItsOwnThreads) {
  load("clean", [] {
    SCThreadRegisterInitCallback(
        [](ThreadVars*, void*) {
          std::thread([] {}).detach();
          std::thread helper([] {});
          EXPECT_EQ(::pthread_kill(helper.native_handle(), SIGURG), 0);
          helper.join();
        },
        nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(violations(), IsEmpty());
}

#endif

// surisim stores little of it, however long it is.
TEST_F(Process, ANameOfMegabytesIsShownAbbreviated) {
  load("long", [] {
    static const std::string name(std::size_t{8} << 20, 'n');
    (void)SCThreadStorageRegister(name.c_str(), std::free);
    (void)SCThreadStorageRegister(name.c_str(), std::free);
  });
  ASSERT_TRUE(run());
  const std::string shown = summary().plugins.at(0).slots.at(0).name;
  EXPECT_THAT(shown, testing::StartsWith("nnn"));
  EXPECT_THAT(shown, testing::EndsWith("… (8388608 bytes)"));
  EXPECT_LT(shown.size(), 70'000U);
  ASSERT_THAT(violations("register-duplicate-name"), SizeIs(1));
  EXPECT_LT(violations("register-duplicate-name")[0].message.size(), 80'000U);
}

// What a callback does with its arguments.
using Act = void (*)(ThreadVars*, Flow*, Packet*);
Act act;
std::atomic<int> wrong;  // later callbacks that saw the change

void act_in_updates() {
  SCFlowRegisterUpdateCallback([](ThreadVars* tv, Flow* f, Packet* p, void*) { act(tv, f, p); },
                               nullptr);
  SCFlowRegisterUpdateCallback(
      [](ThreadVars* tv, Flow* f, Packet* p, void*) {
        const bool seen = f->proto == 99 || f->dp == 99 || f->next != nullptr || p->flow != f ||
                          p->proto == 99 || tv->id == 99 || tv->name[0] == '?' ||
                          f->todstpktcnt > 1000;
        if (seen) ++wrong;
      },
      nullptr);
}

TEST_F(Process, AFieldOfSuricataThatACallbackOverwritesIsNamedAndRestored) {
  const std::pair<const char*, Act> all[] = {
      {"Flow.proto", [](ThreadVars*, Flow* f, Packet*) { f->proto = 99; }},
      {"Flow.dp", [](ThreadVars*, Flow* f, Packet*) { f->dp = 99; }},
      {"Flow.next", [](ThreadVars*, Flow* f, Packet*) { f->next = f; }},
      {"Flow.todstpktcnt", [](ThreadVars*, Flow* f, Packet*) { f->todstpktcnt = 1U << 30; }},
      {"Flow.flags", [](ThreadVars*, Flow* f, Packet*) { f->flags ^= FLOW_IPV4 | FLOW_IPV6; }},
      {"Packet.flow", [](ThreadVars*, Flow*, Packet* p) { p->flow = nullptr; }},
      {"Packet.proto", [](ThreadVars*, Flow*, Packet* p) { p->proto = 99; }},
      {"ThreadVars.id", [](ThreadVars* tv, Flow*, Packet*) { tv->id = 99; }},
      {"ThreadVars.name", [](ThreadVars* tv, Flow*, Packet*) { tv->name[0] = '?'; }},
      {"ThreadVars.flags", [](ThreadVars* tv, Flow*, Packet*) { tv->flags |= THV_FAILED; }}};
  for (const auto& [field, overwrite] : all) {
    SCOPED_TRACE(field);
    TearDown();
    act = overwrite;
    wrong = 0;
    options.traffic.flows = 30;  // so few that all callbacks are checked
    load("overwrites", act_in_updates);
    ASSERT_TRUE(run());
    EXPECT_THAT(message_of("host-object-overwritten"),
                HasSubstr(std::string("overwrote ") + field));
    EXPECT_EQ(violations()[0].callback, "flow update");
    EXPECT_EQ(wrong, 0);
  }
}

TEST_F(Process, AThreadInitCallbackThatOverwritesTheThreadVarsIsFound) {
  load("renames", [] {
    SCThreadRegisterInitCallback([](ThreadVars* tv, void*) { tv->name[0] = '?'; }, nullptr);
  });
  ASSERT_TRUE(run());
  EXPECT_THAT(message_of("host-object-overwritten"), HasSubstr("overwrote ThreadVars.name"));
}

TEST_F(Process, APluginMaySetWhatIsForPluginsToSet) {
  act = [](ThreadVars*, Flow* f, Packet* p) {
    f->flags |= 1U << 3;
    f->file_flags = 1;
    p->plugin_v[63] = 1;
    p->flags |= 1U << 31;
  };
  load("clean", act_in_updates);
  ASSERT_TRUE(run());
  EXPECT_THAT(violations(), IsEmpty());
}

}  // namespace
