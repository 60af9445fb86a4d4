// The configuration tree behind SCConf*: nodes as C plugins walk them, made with malloc.
#pragma once

#include <suricata/conf.h>

#include <cstddef>
#include <cstdint>

namespace surisim::abi {

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

  // Removes a node that does not know its parent, as items of a sequence do not: looks for it.
  bool unlink(SCConfNode* node);

 private:
  SCConfNode* root_ = nullptr;
  SCConfNode* backup_ = nullptr;
};

// A node with this name, or nullptr when out of memory. Its parent is for the caller to set.
SCConfNode* new_named_node(const char* name);
// Replaces the value; nullptr when out of memory.
char* set_node_value(SCConfNode& node, const char* value);

// Suricata's durations: "90" seconds, "1h 30m". Source: rust/src/util.rs, SCParseTimeDuration.
bool parse_duration(const char* text, std::uint64_t& seconds);

}  // namespace surisim::abi
