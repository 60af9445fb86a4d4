// Finds damage to what a plugin shares with Suricata's process: file descriptors, with decoys that
// nobody else uses (Decoys), and the attributes of a thread (ThreadAttributes).
//
// When:    Decoys: place() before plugins are loaded, then the others at any time; ThreadAttributes
//          at any time.
// Owner:   the Checker. Descriptors that the plugin has closed are not used again: their numbers
//          may belong to the plugin's own files by then.
// Threads: Decoys: one at a time; the plugin's threads may use the descriptors meanwhile.
//          ThreadAttributes: any, about itself.
#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

namespace surisim::check {

class Decoys {
 public:
  struct Hit {
    int descriptor;
    bool closed;          // otherwise it was written to
    std::string written;  // the first few bytes
  };

  Decoys() = default;
  Decoys(const Decoys&) = delete;
  Decoys& operator=(const Decoys&) = delete;
  ~Decoys();

  // Opens decoys at the lowest free descriptors and at some higher ones; fewer if the system
  // refuses some.
  void place();
  // Whether hits() would find something, with one system call for all. Misses a decoy that was
  // closed and whose number has been reused.
  bool seem_hit() const;
  // What has happened to the decoys since the last call. Makes a system call for each.
  std::vector<Hit> hits();

 private:
  struct Decoy {
    int descriptor = -1;  // -1: there is none
    ino_t file = 0;
    dev_t device = 0;
    const char* bytes = nullptr;  // the mapped file
  };
  static Decoy make(int lowest, char* where);

  std::array<Decoy, 5> decoys_;
  char* mapped_ = nullptr;  // all files, one after the other
};

// Attributes of a thread that a plugin can change and that new threads inherit.
struct ThreadAttributes {
  std::array<char, 16> name{};
  cpu_set_t processors{};  // on which it may run
  sigset_t blocked{};

  static ThreadAttributes of_this_thread();
  // What has changed, in words: `name (now "x")`, "CPU affinity".
  std::vector<std::string> changes_to(const ThreadAttributes& now) const;
};

}  // namespace surisim::check
