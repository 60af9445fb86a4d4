// Implements crash.hpp. Only what may be called in a signal handler is called there, but for
// dladdr(), which waits for a thread that loads a library at this moment.
#include "c_api/crash.hpp"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <initializer_list>
#include <string>

namespace surisim::c_api {

namespace {

// Of the test that runs.
std::atomic<Journal*> g_journal{nullptr};

void print(std::initializer_list<const char*> words) {
  std::array<char, 1024> line{};
  std::size_t length = 0;
  for (const char* word : words) {
    const std::size_t part = ::strnlen(word, line.size() - length);
    std::memcpy(line.data() + length, word, part);
    length += part;
  }
  [[maybe_unused]] const ssize_t done = ::write(STDERR_FILENO, line.data(), length);
}

const char* name_of(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name != nullptr ? name : "?";
}

// The default action follows: it ends the program.
void say_where(int signal) {
  Journal* const journal = g_journal.load();
  const JournalEntry* const mine = journal == nullptr ? nullptr : journal->find(::gettid());
  if (mine != nullptr && mine->callback() != JournalCallback::none) {
    Dl_info place{};
    const bool known = mine->function() != nullptr && ::dladdr(mine->function(), &place) != 0 &&
                       place.dli_fname != nullptr;
    // Names of threads are short enough to be kept without an allocation.
    const std::string thread = mine->thread();
    const std::string tv = mine->tv();
    print({"surisim: SIG", name_of(signal), " in ", to_string(mine->callback()), " of the plugin",
           known ? " in " : "", known ? place.dli_fname : "", " on ", thread.c_str(),
           tv.empty() ? "" : " about ", tv.c_str(), "\n"});
  }
  ::raise(signal);
}

}  // namespace

CrashNotes::CrashNotes() {
  void* const memory = ::mmap(nullptr, sizeof(Journal), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return;
  journal_ = static_cast<Journal*>(memory);  // all zeros, as it begins
  g_journal.store(journal_);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction before {};
    struct sigaction mine {};
    mine.sa_handler = say_where;
    mine.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK);
    const bool is_free = ::sigaction(kSignals[i], nullptr, &before) == 0 &&
                         (before.sa_flags & SA_SIGINFO) == 0 && before.sa_handler == SIG_DFL;
    handled_[i] = is_free && ::sigaction(kSignals[i], &mine, nullptr) == 0;
  }
}

CrashNotes::~CrashNotes() {
  if (journal_ == nullptr) return;
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    if (handled_[i]) ::signal(kSignals[i], SIG_DFL);
  g_journal.store(nullptr);
  ::munmap(journal_, sizeof(Journal));
}

}  // namespace surisim::c_api
