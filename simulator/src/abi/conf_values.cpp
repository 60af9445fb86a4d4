// SCConf*: values read as numbers, booleans and durations; interfaces; the dump. Source: conf.c,
// util-conf.c.
#include <strings.h>
#include <suricata/conf.h>
#include <suricata/util-debug.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "abi/export.hpp"
#include "abi/note_call.hpp"
#include "conf/conf_tree.hpp"

namespace {

void complain(const char* what, const std::string& name, const char* value) {
  SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "conf",
           "%s: %s, expected a whole number: %s", name.c_str(), what,
           value == nullptr ? "NULL" : value);
}

bool read_int(const std::string& name, const char* text, intmax_t* val) {
  errno = 0;
  char* end = nullptr;
  const intmax_t value = std::strtoimax(text, &end, 0);
  if (*text == '\0' || *end != '\0') {
    complain("malformed", name, text);
    return false;
  }
  if (errno == ERANGE) {
    complain("out of range", name, text);
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

void dump(const SCConfNode* node, const std::string& prefix) {
  const SCConfNode* child = nullptr;
  TAILQ_FOREACH(child, &node->head, next) {
    const std::string name = prefix + child->name;
    std::printf("%s = %s\n", name.c_str(), child->val == nullptr ? "(null)" : child->val);
    dump(child, name + ".");
  }
}

}  // namespace

SURISIM_ABI int SCConfGet(const char* name, const char** vptr) {
  surisim::abi::note_call(__func__);
  const SCConfNode* const node = SCConfGetNode(name);
  if (node == nullptr) return 0;
  *vptr = node->val;
  return 1;
}

SURISIM_ABI int SCConfGetNonNull(const char* name, const char** vptr) {
  return SCConfGet(name, vptr) == 1 && *vptr != nullptr ? 1 : 0;
}

SURISIM_ABI int SCConfGetInt(const char* name, intmax_t* val) {
  const char* text = nullptr;
  if (SCConfGet(name, &text) == 0) return 0;
  if (text == nullptr) {
    complain("malformed", name, nullptr);
    return 0;
  }
  return read_int(name, text, val) ? 1 : 0;
}

SURISIM_ABI int SCConfGetBool(const char* name, int* val) {
  const char* text = nullptr;
  *val = 0;
  if (SCConfGetNonNull(name, &text) != 1) return 0;
  *val = SCConfValIsTrue(text);
  return 1;
}

SURISIM_ABI int SCConfGetDouble(const char* name, double* val) {
  return read_real(name, val, [](const char* text, char** end) { return std::strtod(text, end); });
}

SURISIM_ABI int SCConfGetFloat(const char* name, float* val) {
  return read_real(name, val, [](const char* text, char** end) { return std::strtof(text, end); });
}

SURISIM_ABI int SCConfGetTime(const char* name, uint64_t* val) {
  const char* text = nullptr;
  if (SCConfGetNonNull(name, &text) == 0) return 0;
  return surisim::abi::parse_duration(text, *val) ? 1 : 0;
}

SURISIM_ABI int SCConfGetChildValue(const SCConfNode* base, const char* name, const char** vptr) {
  const SCConfNode* const node = SCConfNodeLookupChild(base, name);
  if (node == nullptr || node->val == nullptr) return 0;
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
  const char* text = nullptr;
  *val = 0;
  if (SCConfGetChildValue(base, name, &text) == 0) return 0;
  *val = SCConfValIsTrue(text);
  return 1;
}

SURISIM_ABI SCConfNode* SCConfGetChildWithDefault(const SCConfNode* base, const SCConfNode* dflt,
                                                  const char* name) {
  SCConfNode* const node = SCConfNodeLookupChild(base, name);
  return node != nullptr ? node : SCConfNodeLookupChild(dflt, name);
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
  return is_one_of({"1", "yes", "true", "on"}, val) ? 1 : 0;
}

SURISIM_ABI int SCConfValIsFalse(const char* val) {
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
  const SCConfNode* const list = SCConfGetNode(ifaces_node_name);
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
  dump(node, prefix == nullptr ? "" : std::string(prefix) + ".");
}

SURISIM_ABI void SCConfDump(void) { SCConfNodeDump(SCConfGetRootNode(), nullptr); }
