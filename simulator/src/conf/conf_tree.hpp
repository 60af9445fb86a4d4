// The configuration tree behind SCConf*: nodes as C plugins walk them, made with malloc.
//
// When:    from SCConfInit to SCConfDeInit; functions without a root find nothing.
// Owner:   the tree has its root and all below it, until a plugin takes a node out.
// Threads: one at a time, as in Suricata: nothing locks it.
// Source:  conf.c.
#pragma once

#include <suricata/conf.h>

#include <cstddef>

namespace surisim::conf {

// Names of this many bytes and more are refused, with an error in the log.
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

  // Removes a node that has no pointer to its parent, as items of a sequence have none. False: the
  // node is not in the tree.
  bool unlink(SCConfNode* node);

 private:
  SCConfNode* root_ = nullptr;
  SCConfNode* backup_ = nullptr;
};

// A node with this name, or nullptr when out of memory. Its parent is for the caller to set.
SCConfNode* new_named_node(const char* name);
// Replaces the value; nullptr when out of memory.
char* set_node_value(SCConfNode& node, const char* value);

}  // namespace surisim::conf
