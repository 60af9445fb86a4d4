// SCConf*: C functions for the configuration tree, its nodes, and their values as text, numbers,
// booleans and durations. NULL crashes here wherever it crashes Suricata. Source: conf.c,
// util-conf.c.
#include <strings.h>
#include <suricata/conf.h>
#include <suricata/util-conf.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"
#include "conf/conf_tree.hpp"

using namespace surisim::abi;
namespace conf = surisim::conf;

namespace {

conf::ConfTree& tree() { return state().conf; }

// A dotted name, read one key at a time.
class Path {
 public:
  explicit Path(const char* name) : rest_(name) {
    if (rest_.size() < conf::kConfNameMax) return;
    SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "conf",
             "this configuration name has %zu bytes, the most is %zu: %s", rest_.size(),
             conf::kConfNameMax - 1, name);
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

void log_bad_number(const char* what, const std::string& name, const char* value) {
  SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "conf",
           "%s: %s, expected a whole number: %.1000s", name.c_str(), what,
           value == nullptr ? "NULL" : value);
}

bool read_int(const std::string& name, const char* text, intmax_t* val) {
  errno = 0;
  char* end = nullptr;
  const intmax_t value = std::strtoimax(text, &end, 0);
  if (*text == '\0' || *end != '\0') {
    log_bad_number("malformed", name, text);
    return false;
  }
  if (errno == ERANGE) {
    log_bad_number("out of range", name, text);
    return false;
  }
  *val = value;
  return true;
}

template <class T, class Read>
int read_real(const char* name, T* val, Read read) {
  const char* text = nullptr;
  if (SCConfGetNonNull(name, &text) == 0) return 0;
  errno = 0;
  char* end = nullptr;
  const T value = read(text, &end);
  if (*text == '\0' || *end != '\0' || errno == ERANGE) return 0;
  *val = value;
  return 1;
}

bool is_one_of(const std::array<const char*, 4>& words, const char* val) {
  return std::any_of(words.begin(), words.end(),
                     [val](const char* word) { return ::strcasecmp(val, word) == 0; });
}

SCConfNode* child_of(const SCConfNode* node, const char* key) {
  if (node == nullptr || key == nullptr) return nullptr;
  SCConfNode* child = nullptr;
  TAILQ_FOREACH(child, &node->head, next) {
    if (child->name != nullptr && std::strcmp(child->name, key) == 0) return child;
  }
  return nullptr;
}

SCConfNode* node_of(const char* name) {
  Path path(name);
  if (path.refused()) return nullptr;
  SCConfNode* node = tree().root();
  while (path.more() && node != nullptr) node = child_of(node, path.next().c_str());
  return node;
}

void dump(const SCConfNode* node, const std::string& prefix) {
  const SCConfNode* child = nullptr;
  TAILQ_FOREACH(child, &node->head, next) {
    const std::string name = prefix + child->name;
    std::printf("%s = %s\n", name.c_str(), child->val == nullptr ? "(null)" : child->val);
    dump(child, name + ".");
  }
}

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
  SURISIM_NOT_NULL(node);
  while (SCConfNode* const child = TAILQ_FIRST(&node->head)) {
    TAILQ_REMOVE(&node->head, child, next);
    SCConfNodeFree(child);
  }
  std::free(node->name);
  std::free(node->val);
  std::free(node);
}

// Suricata frees an item of a sequence but leaves it in the list; here it is removed too.
SURISIM_ABI void SCConfNodeRemove(SCConfNode* node) {
  SURISIM_NOT_NULL(node);
  if (node->parent != nullptr) {
    TAILQ_REMOVE(&node->parent->head, node, next);
  } else {
    (void)tree().unlink(node);
  }
  SCConfNodeFree(node);
}

SURISIM_ABI int SCConfRemove(const char* name) {
  note_call(__func__);
  SURISIM_NOT_NULL(name);
  SCConfNode* const node = node_of(name);
  if (node == nullptr) return 0;
  SCConfNodeRemove(node);
  return 1;
}

// Keeps the node itself, without its value, and below it final nodes and their parents.
SURISIM_ABI void SCConfNodePrune(SCConfNode* node) {
  SURISIM_NOT_NULL(node);
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
  SURISIM_NOT_NULL(name);
  Path path(name);
  if (path.refused() || parent == nullptr) return nullptr;
  while (path.more()) {
    const std::string key = path.next();
    SCConfNode* node = child_of(parent, key.c_str());
    if (node == nullptr) {
      node = conf::new_named_node(key.c_str());
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
  SURISIM_NOT_NULL(key);
  note_call(__func__);
  return node_of(key);
}

SURISIM_ABI int SCConfSet(const char* name, const char* val) {
  SURISIM_NOT_NULL(name);
  note_call(__func__);
  SCConfNode* const node = SCConfNodeGetNodeOrCreate(tree().root(), name, 0);
  if (node == nullptr || node->final != 0) return 0;
  return conf::set_node_value(*node, val) != nullptr ? 1 : 0;
}

SURISIM_ABI int SCConfSetFinal(const char* name, const char* val) {
  SURISIM_NOT_NULL(name);
  SCConfNode* const node = SCConfNodeGetNodeOrCreate(tree().root(), name, 1);
  if (node == nullptr || conf::set_node_value(*node, val) == nullptr) return 0;
  node->final = 1;
  return 1;
}

SURISIM_ABI int SCConfSetFromString(const char* input, int final) {
  SURISIM_NOT_NULL(input);
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
  return child_of(node, key);
}

SURISIM_ABI const char* SCConfNodeLookupChildValue(const SCConfNode* node, const char* key) {
  note_call(__func__);
  const SCConfNode* const child = child_of(node, key);
  return child == nullptr ? nullptr : child->val;
}

// Finds a child whose value is a prefix of `key` (the value of a mapping in a sequence is its first
// key) and which has a child `key` with this value.
SURISIM_ABI SCConfNode* SCConfNodeLookupKeyValue(const SCConfNode* base, const char* key,
                                                 const char* value) {
  SURISIM_NOT_NULL(base);
  SURISIM_NOT_NULL(key);
  SURISIM_NOT_NULL(value);
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

SURISIM_ABI bool SCConfNodeHasChildren(const SCConfNode* node) {
  SURISIM_NOT_NULL(node);
  return !TAILQ_EMPTY(&node->head);
}

SURISIM_ABI int SCConfNodeIsSequence(const SCConfNode* node) {
  SURISIM_NOT_NULL(node);
  return node->is_seq != 0 ? 1 : 0;
}

SURISIM_ABI SCConfNode* SCConfGetFirstNode(const SCConfNode* parent) {
  SURISIM_NOT_NULL(parent);
  return TAILQ_FIRST(&parent->head);
}

SURISIM_ABI SCConfNode* SCConfGetNextNode(const SCConfNode* node) {
  SURISIM_NOT_NULL(node);
  return TAILQ_NEXT(node, next);
}

SURISIM_ABI const char* SCConfGetValueNode(const SCConfNode* node) {
  SURISIM_NOT_NULL(node);
  return node->val;
}

SURISIM_ABI int SCConfGet(const char* name, const char** vptr) {
  SURISIM_NOT_NULL(name);
  note_call(__func__);
  const SCConfNode* const node = node_of(name);
  if (node == nullptr) return 0;
  SURISIM_NOT_NULL(vptr);
  *vptr = node->val;
  return 1;
}

SURISIM_ABI int SCConfGetNonNull(const char* name, const char** vptr) {
  SURISIM_NOT_NULL(name);
  SURISIM_NOT_NULL(vptr);
  return SCConfGet(name, vptr) == 1 && *vptr != nullptr ? 1 : 0;
}

SURISIM_ABI int SCConfGetInt(const char* name, intmax_t* val) {
  SURISIM_NOT_NULL(name);
  const char* text = nullptr;
  if (SCConfGet(name, &text) == 0) return 0;
  if (text == nullptr) {
    log_bad_number("malformed", name, nullptr);
    return 0;
  }
  return read_int(name, text, val) ? 1 : 0;
}

SURISIM_ABI int SCConfGetBool(const char* name, int* val) {
  SURISIM_NOT_NULL(name);
  SURISIM_NOT_NULL(val);
  const char* text = nullptr;
  *val = 0;
  if (SCConfGetNonNull(name, &text) != 1) return 0;
  *val = SCConfValIsTrue(text);
  return 1;
}

SURISIM_ABI int SCConfGetDouble(const char* name, double* val) {
  SURISIM_NOT_NULL(name);
  return read_real(name, val, [](const char* text, char** end) { return std::strtod(text, end); });
}

SURISIM_ABI int SCConfGetFloat(const char* name, float* val) {
  SURISIM_NOT_NULL(name);
  return read_real(name, val, [](const char* text, char** end) { return std::strtof(text, end); });
}

SURISIM_ABI int SCConfGetTime(const char* name, uint64_t* val) {
  SURISIM_NOT_NULL(name);
  const char* text = nullptr;
  if (SCConfGetNonNull(name, &text) == 0) return 0;
  return conf::parse_duration(text, *val) ? 1 : 0;
}

SURISIM_ABI int SCConfGetChildValue(const SCConfNode* base, const char* name, const char** vptr) {
  note_call(__func__);
  const SCConfNode* const node = child_of(base, name);
  if (node == nullptr || node->val == nullptr) return 0;
  SURISIM_NOT_NULL(vptr);
  *vptr = node->val;
  return 1;
}

SURISIM_ABI int SCConfGetChildValueInt(const SCConfNode* base, const char* name, intmax_t* val) {
  const char* text = nullptr;
  if (SCConfGetChildValue(base, name, &text) == 0) return 0;
  const std::string of = base->name == nullptr ? "" : std::string(base->name) + ".";
  return read_int(of + name, text, val) ? 1 : 0;
}

SURISIM_ABI int SCConfGetChildValueBool(const SCConfNode* base, const char* name, int* val) {
  SURISIM_NOT_NULL(val);
  const char* text = nullptr;
  *val = 0;
  if (SCConfGetChildValue(base, name, &text) == 0) return 0;
  *val = SCConfValIsTrue(text);
  return 1;
}

SURISIM_ABI SCConfNode* SCConfGetChildWithDefault(const SCConfNode* base, const SCConfNode* dflt,
                                                  const char* name) {
  note_call(__func__);
  SCConfNode* const node = child_of(base, name);
  return node != nullptr ? node : child_of(dflt, name);
}

SURISIM_ABI int SCConfGetChildValueWithDefault(const SCConfNode* base, const SCConfNode* dflt,
                                               const char* name, const char** vptr) {
  const int found = SCConfGetChildValue(base, name, vptr);
  return found == 0 && dflt != nullptr ? SCConfGetChildValue(dflt, name, vptr) : found;
}

SURISIM_ABI int SCConfGetChildValueIntWithDefault(const SCConfNode* base, const SCConfNode* dflt,
                                                  const char* name, intmax_t* val) {
  const int found = SCConfGetChildValueInt(base, name, val);
  return found == 0 && dflt != nullptr ? SCConfGetChildValueInt(dflt, name, val) : found;
}

SURISIM_ABI int SCConfGetChildValueBoolWithDefault(const SCConfNode* base, const SCConfNode* dflt,
                                                   const char* name, int* val) {
  const int found = SCConfGetChildValueBool(base, name, val);
  return found == 0 && dflt != nullptr ? SCConfGetChildValueBool(dflt, name, val) : found;
}

SURISIM_ABI int SCConfValIsTrue(const char* val) {
  SURISIM_NOT_NULL(val);
  return is_one_of({"1", "yes", "true", "on"}, val) ? 1 : 0;
}

SURISIM_ABI int SCConfValIsFalse(const char* val) {
  SURISIM_NOT_NULL(val);
  return is_one_of({"0", "no", "false", "off"}, val) ? 1 : 0;
}

SURISIM_ABI int SCConfNodeChildValueIsTrue(const SCConfNode* node, const char* key) {
  const char* const val = SCConfNodeLookupChildValue(node, key);
  return val != nullptr ? SCConfValIsTrue(val) : 0;
}

SURISIM_ABI int SCConfNodeChildValueIsFalse(const SCConfNode* node, const char* key) {
  const char* const val = SCConfNodeLookupChildValue(node, key);
  return val != nullptr ? SCConfValIsFalse(val) : 0;
}

SURISIM_ABI SCConfNode* SCConfSetIfaceNode(const char* ifaces_node_name, const char* iface) {
  note_call(__func__);
  SURISIM_NOT_NULL(ifaces_node_name);
  SURISIM_NOT_NULL(iface);
  const SCConfNode* const list = node_of(ifaces_node_name);
  if (list == nullptr) {
    SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "conf", "the configuration has no %s",
             ifaces_node_name);
    return nullptr;
  }
  SCConfNode* item = nullptr;
  TAILQ_FOREACH(item, &list->head, next) {
    const SCConfNode* child = nullptr;
    TAILQ_FOREACH(child, &item->head, next) {
      if (std::strcmp(child->name, "interface") == 0 && std::strcmp(child->val, iface) == 0)
        return item;
    }
  }
  SCLog(SC_LOG_NOTICE, __FILE__, __func__, __LINE__, "conf", "%s has no interface %s",
        ifaces_node_name, iface);
  return nullptr;
}

SURISIM_ABI int SCConfSetRootAndDefaultNodes(const char* ifaces_node_name, const char* iface,
                                             SCConfNode** if_root, SCConfNode** if_default) {
  SURISIM_NOT_NULL(ifaces_node_name);
  SURISIM_NOT_NULL(iface);
  SURISIM_NOT_NULL(if_root);
  SURISIM_NOT_NULL(if_default);
  *if_root = SCConfSetIfaceNode(ifaces_node_name, iface);
  *if_default = SCConfSetIfaceNode(ifaces_node_name, "default");
  if (*if_root != nullptr) return 0;
  if (*if_default == nullptr) {
    SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "conf",
             "%s has neither the interface %s nor default", ifaces_node_name, iface);
    return -ENODEV;
  }
  *if_root = std::exchange(*if_default, nullptr);
  return 0;
}

SURISIM_ABI void SCConfNodeDump(const SCConfNode* node, const char* prefix) {
  SURISIM_NOT_NULL(node);
  dump(node, prefix == nullptr ? "" : std::string(prefix) + ".");
}

SURISIM_ABI void SCConfDump(void) { SCConfNodeDump(SCConfGetRootNode(), nullptr); }

SURISIM_ABI int SCParseTimeDuration(const char* input, std::uint64_t* res) {
  if (input == nullptr || res == nullptr) return -1;
  return conf::parse_duration(input, *res) ? 0 : -1;
}

// Source: util-conf.c; the default is that of a build without options.
SURISIM_ABI const char* SCConfigGetLogDirectory(void) {
  const char* directory = nullptr;
  if (SCConfGetNonNull("default-log-dir", &directory) == 1) return directory;
  return "/usr/local/var/log/suricata/";
}
