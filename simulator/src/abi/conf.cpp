// SCConf*: the tree, its nodes, and values by name. What Suricata does not check is not checked
// here either: a NULL name crashes the plugin in both. Source: conf.c.
#include <suricata/conf.h>
#include <suricata/util-debug.h>

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <string>

#include "abi/export.hpp"
#include "abi/note_call.hpp"
#include "abi/process_state.hpp"
#include "conf/conf_tree.hpp"

using namespace surisim::abi;

namespace {

ConfTree& tree() { return state().conf; }

// The name, cut off at each dot in turn.
class Path {
 public:
  explicit Path(const char* name) : rest_(name) {
    if (rest_.size() < kConfNameMax) return;
    SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "conf",
             "this configuration name has %zu bytes, the most is %zu: %s", rest_.size(),
             kConfNameMax - 1, name);
    refused_ = true;
  }
  bool refused() const { return refused_; }
  bool more() const { return !done_; }
  std::string next() {
    const std::size_t dot = rest_.find('.');
    std::string key = rest_.substr(0, dot);
    done_ = dot == std::string::npos;
    if (!done_) rest_.erase(0, dot + 1);
    return key;
  }

 private:
  std::string rest_;
  bool refused_ = false;
  bool done_ = false;
};

}  // namespace

SURISIM_ABI void SCConfInit(void) { tree().init(); }
SURISIM_ABI void SCConfDeInit(void) { tree().free_root(); }
SURISIM_ABI SCConfNode* SCConfGetRootNode(void) { return tree().root(); }
SURISIM_ABI void SCConfCreateContextBackup(void) { tree().back_up(); }
SURISIM_ABI void SCConfRestoreContextBackup(void) { tree().restore(); }
SURISIM_ABI void SCConfRegisterTests(void) {}

SURISIM_ABI SCConfNode* SCConfNodeNew(void) {
  auto* const node = static_cast<SCConfNode*>(std::calloc(1, sizeof(SCConfNode)));
  if (node != nullptr) TAILQ_INIT(&node->head);
  return node;
}

SURISIM_ABI void SCConfNodeFree(SCConfNode* node) {
  while (SCConfNode* const child = TAILQ_FIRST(&node->head)) {
    TAILQ_REMOVE(&node->head, child, next);
    SCConfNodeFree(child);
  }
  std::free(node->name);
  std::free(node->val);
  std::free(node);
}

// Suricata leaves an item of a sequence in its list, freed; here it is taken out.
SURISIM_ABI void SCConfNodeRemove(SCConfNode* node) {
  if (node->parent != nullptr) {
    TAILQ_REMOVE(&node->parent->head, node, next);
  } else {
    (void)tree().unlink(node);
  }
  SCConfNodeFree(node);
}

SURISIM_ABI int SCConfRemove(const char* name) {
  SCConfNode* const node = SCConfGetNode(name);
  if (node == nullptr) return 0;
  SCConfNodeRemove(node);
  return 1;
}

// The node itself stays, without a value; below it stays what is final, and the way there.
SURISIM_ABI void SCConfNodePrune(SCConfNode* node) {
  SCConfNode* child = nullptr;
  SCConfNode* after = nullptr;
  TAILQ_FOREACH_SAFE(child, &node->head, next, after) {
    if (child->final != 0) continue;
    SCConfNodePrune(child);
    if (!TAILQ_EMPTY(&child->head)) continue;
    TAILQ_REMOVE(&node->head, child, next);
    SCConfNodeFree(child);
  }
  std::free(node->val);
  node->val = nullptr;
}

SURISIM_ABI SCConfNode* SCConfNodeGetNodeOrCreate(SCConfNode* parent, const char* name, int final) {
  Path path(name);
  if (path.refused() || parent == nullptr) return nullptr;
  while (path.more()) {
    const std::string key = path.next();
    SCConfNode* node = SCConfNodeLookupChild(parent, key.c_str());
    if (node == nullptr) {
      node = new_named_node(key.c_str());
      if (node == nullptr) return nullptr;
      node->parent = parent;
      node->final = final;
      TAILQ_INSERT_TAIL(&parent->head, node, next);
    }
    parent = node;
  }
  return parent;
}

SURISIM_ABI SCConfNode* SCConfGetNode(const char* key) {
  note_call(__func__);
  Path path(key);
  if (path.refused()) return nullptr;
  SCConfNode* node = tree().root();
  while (path.more() && node != nullptr) node = SCConfNodeLookupChild(node, path.next().c_str());
  return node;
}

SURISIM_ABI int SCConfSet(const char* name, const char* val) {
  note_call(__func__);
  SCConfNode* const node = SCConfNodeGetNodeOrCreate(tree().root(), name, 0);
  if (node == nullptr || node->final != 0) return 0;
  return set_node_value(*node, val) != nullptr ? 1 : 0;
}

SURISIM_ABI int SCConfSetFinal(const char* name, const char* val) {
  SCConfNode* const node = SCConfNodeGetNodeOrCreate(tree().root(), name, 1);
  if (node == nullptr || set_node_value(*node, val) == nullptr) return 0;
  node->final = 1;
  return 1;
}

SURISIM_ABI int SCConfSetFromString(const char* input, int final) {
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  const char* value = std::strchr(input, '=');
  if (value == nullptr) return 0;
  std::string name(input, value++);
  while (!name.empty() && is_space(name.back())) name.pop_back();
  while (is_space(*value)) ++value;
  return final != 0 ? SCConfSetFinal(name.c_str(), value) : SCConfSet(name.c_str(), value);
}

SURISIM_ABI SCConfNode* SCConfNodeLookupChild(const SCConfNode* node, const char* key) {
  note_call(__func__);
  if (node == nullptr || key == nullptr) return nullptr;
  SCConfNode* child = nullptr;
  TAILQ_FOREACH(child, &node->head, next) {
    if (child->name != nullptr && std::strcmp(child->name, key) == 0) return child;
  }
  return nullptr;
}

SURISIM_ABI const char* SCConfNodeLookupChildValue(const SCConfNode* node, const char* key) {
  const SCConfNode* const child = SCConfNodeLookupChild(node, key);
  return child == nullptr ? nullptr : child->val;
}

// A child whose value is a beginning of `key` (a mapping in a sequence has its first key for its
// value), and which has a child `key` of this value.
SURISIM_ABI SCConfNode* SCConfNodeLookupKeyValue(const SCConfNode* base, const char* key,
                                                 const char* value) {
  SCConfNode* item = nullptr;
  TAILQ_FOREACH(item, &base->head, next) {
    if (std::strncmp(item->val, key, std::strlen(item->val)) != 0) continue;
    SCConfNode* child = nullptr;
    TAILQ_FOREACH(child, &item->head, next) {
      if (std::strcmp(child->name, key) == 0 && std::strcmp(child->val, value) == 0) return item;
    }
  }
  return nullptr;
}

SURISIM_ABI bool SCConfNodeHasChildren(const SCConfNode* node) { return !TAILQ_EMPTY(&node->head); }

SURISIM_ABI int SCConfNodeIsSequence(const SCConfNode* node) { return node->is_seq != 0 ? 1 : 0; }

SURISIM_ABI SCConfNode* SCConfGetFirstNode(const SCConfNode* parent) {
  return TAILQ_FIRST(&parent->head);
}

SURISIM_ABI SCConfNode* SCConfGetNextNode(const SCConfNode* node) { return TAILQ_NEXT(node, next); }

SURISIM_ABI const char* SCConfGetValueNode(const SCConfNode* node) { return node->val; }
