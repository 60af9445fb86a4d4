// The configuration tree behind SCConf*, made of malloc'ed nodes that plugins may walk themselves;
// and the durations that users write in it.
//
// When:    from SCConfInit to SCConfDeInit; without a root, functions find nothing.
// Owner:   the tree owns its root and all nodes below it, until a plugin removes one.
// Threads: one at a time; there is no lock, as in Suricata.
// Source:  conf.c.
#pragma once

#include <suricata/conf.h>

#include <cstddef>
#include <cstdint>

namespace surisim::conf {

// Names of this many bytes or more are refused, with an error in the log.
inline constexpr std::size_t kConfNameMax = 1024;

class ConfTree {
 public:
  ConfTree() = default;
  ConfTree(const ConfTree&) = delete;
  ConfTree& operator=(const ConfTree&) = delete;

  // As in a new process: one empty root, no backup.
  void reset();
  void init();
  void free_root();
  void back_up();
  void restore();
  SCConfNode* root() const { return root_; }

  // Removes a node that has no pointer to its parent, such as an item of a sequence. False: the
  // node is not in the tree.
  bool unlink(SCConfNode* node);

 private:
  SCConfNode* root_ = nullptr;
  SCConfNode* backup_ = nullptr;
};

// A node with this name, or nullptr when out of memory. The caller sets its parent.
SCConfNode* new_named_node(const char* name);
// Replaces the value; nullptr when out of memory.
char* set_node_value(SCConfNode& node, const char* value);

// A duration: a number of seconds, or numbers with units, "90" or "1h 30m". False, and `seconds` is
// unchanged: not a duration, or too long a one. Any thread. Source: SCParseTimeDuration in
// rust/src/util.rs.
bool parse_duration(const char* text, std::uint64_t& seconds);

}  // namespace surisim::conf
