// Goal: signals that the translation does not cause reach their handlers, with the addresses of the
// original text. Method: the process's handlers record what they see.
#include <execinfo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "library.hpp"

namespace surisim::test {
namespace {

using translate::Translation;

sig_atomic_t g_traps = 0;
void note_trap(int) { ++g_traps; }

struct Fault {
  sigjmp_buf back;
  std::uintptr_t at;
  std::uintptr_t stack;
} g_fault;

void note_fault(int, siginfo_t*, void* context) {
  const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  g_fault.at = static_cast<std::uintptr_t>(registers[REG_RIP]);
  g_fault.stack = static_cast<std::uintptr_t>(registers[REG_RSP]);
  siglongjmp(g_fault.back, 1);
}

// mov (%rdi), %rax has three bytes.
void skip_load(int, siginfo_t*, void* context) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  registers[REG_RIP] += 3;
  registers[REG_RAX] = 70;
}

class Handler {
 public:
  Handler(int number, const struct sigaction& action) : number_(number) {
    sigaction(number, &action, &before_);
  }
  ~Handler() { sigaction(number_, &before_, nullptr); }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

 private:
  int number_;
  struct sigaction before_ = {};
};

TEST(Traps, ThatTheTranslationDoesNotCauseReachTheEarlierHandler) {
  struct sigaction action = {};
  action.sa_handler = note_trap;
  const Handler handler(SIGTRAP, action);
  g_traps = 0;
  Notes notes;
  {
    const auto translation = Translation::create(notes);
    ASSERT_TRUE(translation);
    raise(SIGTRAP);
    EXPECT_EQ(g_traps, 1);
    __asm__ volatile("int3");
    EXPECT_EQ(g_traps, 2);
  }
  raise(SIGTRAP);
  EXPECT_EQ(g_traps, 3);
}

TEST(Handlers, ThatAreInstalledLaterStay) {
  struct sigaction action = {};
  action.sa_handler = note_trap;
  const Handler before(SIGUSR1, action);
  Notes notes;
  auto translation = Translation::create(notes);
  ASSERT_TRUE(translation);
  struct sigaction other = {};
  other.sa_handler = SIG_IGN;
  sigaction(SIGUSR1, &other, nullptr);
  translation->reset();
  struct sigaction now = {};
  sigaction(SIGUSR1, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_IGN);
}

TEST(Handlers, AreCalledWhileCodeIsTranslated) {
  struct sigaction action = {};
  action.sa_handler = note_trap;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  const Handler before(SIGUSR1, action);
  Notes notes;
  const auto translation = Translation::create(notes);
  ASSERT_TRUE(translation);
  g_traps = 0;
  raise(SIGUSR1);
  EXPECT_EQ(g_traps, 1);
}

std::atomic<int> g_unwound{0};
void unwind(int) {
  std::array<void*, 64> frames;
  g_unwound += ::backtrace(frames.data(), 64) > 0 ? 1 : 0;
}

class Silent : public translate::Watcher {
 public:
  void point(const translate::Site&, std::uintptr_t) override {}
  void full(std::span<const translate::Access>) override {}
  void spinning() override {}
};

// Of the plugin, and of what it calls to stop: each backward jump stops here.
TEST(Handlers, CanUnwindAtAnyInstructionOfTranslatedCode) {
  std::array<void*, 1> first;
  ::backtrace(first.data(), 1);  // loads libgcc, which a handler must not
  struct sigaction action = {};
  action.sa_handler = unwind;
  const Handler before(SIGUSR1, action);
  const Library library("accesses");
  Silent watcher;
  translate::Settings settings;
  settings.spin_limit = 1;
  const auto translation = Translation::create(watcher, settings);
  ASSERT_TRUE(translation);
  ASSERT_TRUE((*translation)->add(library.handle()));
  int flag = 0;
  std::thread spinning([&] {
    (void)(*translation)->enter_thread();
    library.function<void(volatile int*)>("wait_for")(&flag);
    (*translation)->leave_thread();
  });
  g_unwound = 0;
  for (int signals = 1; signals <= 1000; ++signals) {
    pthread_kill(spinning.native_handle(), SIGUSR1);
    while (g_unwound < signals) std::this_thread::yield();
  }
  __atomic_store_n(&flag, 1, __ATOMIC_RELAXED);
  spinning.join();
  EXPECT_EQ(g_unwound, 1000);
}

class Faults : public ::testing::Test {
 protected:
  // Before the translation begins.
  void handle_with(void (*function)(int, siginfo_t*, void*)) {
    struct sigaction action = {};
    action.sa_sigaction = function;
    action.sa_flags = SA_SIGINFO;
    handler.emplace(SIGSEGV, action);
    auto made = Translation::create(notes);
    ASSERT_TRUE(made) << made.error().message;
    translation = std::move(*made);
    ASSERT_TRUE(translation->add(library.handle()));
  }

  Library library{"accesses"};
  Notes notes;
  std::optional<Handler> handler;
  std::unique_ptr<Translation> translation;
};

TEST_F(Faults, AreOfTheOriginalInstruction) {
  handle_with(note_fault);
  if (sigsetjmp(g_fault.back, 1) == 0) {
    library.function<long(long*)>("crash")(nullptr);
    FAIL() << "no fault";
  }
  EXPECT_EQ(g_fault.at, library.address("crash") + 6);
  EXPECT_EQ(g_fault.stack % 16, 8U);  // at the return address
}

TEST_F(Faults, CanBeSkippedByAHandler) {
  handle_with(skip_load);
  EXPECT_EQ(library.function<long(long*)>("crash")(nullptr), 71);
}

TEST_F(Faults, LeaveOtherAddressesUnchanged) {
  handle_with(note_fault);
  EXPECT_EQ(translation->original(library.address("crash")), library.address("crash"));
  EXPECT_EQ(translation->original(1234), 1234U);
}

}  // namespace
}  // namespace surisim::test
