// Creates, finds and frees nodes of the tree, with the C functions that plugins use.
#include "conf/conf_tree.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace surisim::conf {

void ConfTree::reset() {
  for (SCConfNode* tree : {std::exchange(root_, nullptr), std::exchange(backup_, nullptr)})
    if (tree != nullptr) SCConfNodeFree(tree);
  init();
}

void ConfTree::init() {
  if (root_ == nullptr) root_ = SCConfNodeNew();
}

void ConfTree::free_root() {
  if (SCConfNode* const tree = std::exchange(root_, nullptr)) SCConfNodeFree(tree);
}

void ConfTree::back_up() { backup_ = std::exchange(root_, nullptr); }

void ConfTree::restore() { root_ = std::exchange(backup_, nullptr); }

namespace {

bool unlink_below(SCConfNode& parent, SCConfNode* node) {
  SCConfNode* child = nullptr;
  TAILQ_FOREACH(child, &parent.head, next) {
    if (child == node) {
      TAILQ_REMOVE(&parent.head, node, next);
      return true;
    }
    if (unlink_below(*child, node)) return true;
  }
  return false;
}

}  // namespace

bool ConfTree::unlink(SCConfNode* node) {
  return root_ != nullptr && root_ != node && unlink_below(*root_, node);
}

SCConfNode* new_named_node(const char* name) {
  SCConfNode* const node = SCConfNodeNew();
  if (node == nullptr) return nullptr;
  node->name = ::strdup(name);
  if (node->name == nullptr) {
    SCConfNodeFree(node);
    return nullptr;
  }
  return node;
}

char* set_node_value(SCConfNode& node, const char* value) {
  std::free(node.val);
  node.val = ::strdup(value);
  return node.val;
}

}  // namespace surisim::conf
