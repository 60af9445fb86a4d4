// What a plugin shares with Suricata's process, and can spoil: descriptors (Decoys), and the
// attributes of a thread (ThreadAttributes).
//
// When:    Decoys: place() before plugins are loaded, then the others at any time, until destroyed;
//          ThreadAttributes at any time.
// Owner:   the checker. Descriptors that the plugin has closed are not touched again: their numbers
//          may be its own by now.
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
    bool closed;          // else it was written to
    std::string written;  // how what is there now begins; no more than a few bytes
  };

  Decoys() = default;
  Decoys(const Decoys&) = delete;
  Decoys& operator=(const Decoys&) = delete;
  ~Decoys();

  // Places them at the lowest numbers that are free, and at some higher ones. Where the system
  // refuses one, there are fewer.
  void place();
  // Whether hits() would find something: one system call for all. What it does not see is one that
  // was closed and whose number is that of another file by now.
  bool seem_hit() const;
  // What has happened to them since the last call. Costs a system call for each.
  std::vector<Hit> hits();

 private:
  struct Decoy {
    int descriptor = -1;  // -1: there is none
    ino_t file = 0;
    dev_t device = 0;
    const char* bytes = nullptr;  // the file, mapped
  };
  static Decoy make(int lowest, char* where);

  std::array<Decoy, 5> decoys_;
  char* mapped_ = nullptr;  // one after the other
};

// What a thread has that a plugin can change, and threads inherit: name, processors, signal mask.
struct ThreadAttributes {
  std::array<char, 16> name{};
  cpu_set_t processors{};  // that it may run on
  sigset_t blocked{};

  static ThreadAttributes of_this_thread();
  // What differs, in words: `name (now "x")`, "CPU affinity".
  std::vector<std::string> changes_to(const ThreadAttributes& now) const;
};

}  // namespace surisim::check
