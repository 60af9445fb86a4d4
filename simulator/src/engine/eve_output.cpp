#include "engine/eve_output.hpp"

#include <suricata/util-debug.h>

#include <cstring>
#include <new>
#include <string>

namespace surisim::engine {

namespace {

bool is_true(const SCConfNode* node, const char* key) {
  const char* const value = SCConfNodeLookupChildValue(node, key);
  return value != nullptr && SCConfValIsTrue(value) != 0;
}

const SCConfNode* eve_log() {
  const SCConfNode* const outputs = SCConfGetNode("outputs");
  if (outputs == nullptr) return nullptr;
  const SCConfNode* output = nullptr;
  TAILQ_FOREACH(output, &outputs->head, next) {
    if (output->val == nullptr || std::strcmp(output->val, "eve-log") != 0) continue;
    const SCConfNode* const node = SCConfNodeLookupChild(output, "eve-log");
    if (is_true(node, "enabled")) return node;
  }
  return nullptr;
}

std::string file_of(const SCConfNode* node) {
  const char* const name = SCConfNodeLookupChildValue(node, "filename");
  std::string file = name == nullptr ? "eve.json" : name;
  const char* directory = nullptr;
  if (file.starts_with('/') || SCConfGetNonNull("default-log-dir", &directory) == 0) return file;
  return std::string(directory) + "/" + file;
}

bool is_one_of(const char* type, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (std::strcmp(type, name) == 0) return true;
  return false;
}

}  // namespace

void EveOutput::read_configuration() {
  node = eve_log();
  if (node == nullptr) {
    own.reset(SCConfNodeNew());
    if (own == nullptr) throw std::bad_alloc();
    node = own.get();
    return;
  }
  options.threaded = options.threaded || is_true(node, "threaded");
  if (!options.file.empty() || !options.filetype.empty()) return;
  const char* type = SCConfNodeLookupChildValue(node, "filetype");
  if (type == nullptr) type = SCConfNodeLookupChildValue(node, "type");
  if (type == nullptr || is_one_of(type, {"regular", "file"})) {
    options.file = file_of(node);
    const char* const mode = SCConfNodeLookupChildValue(node, "append");
    append = mode == nullptr || SCConfValIsTrue(mode) != 0;
  } else if (is_one_of(type, {"unix_dgram", "unix_stream", "redis"})) {
    SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "output-eve",
             "eve-log has the file type %s, which is not modelled: no records are written", type);
  } else {
    options.filetype = type;
  }
}

}  // namespace surisim::engine
