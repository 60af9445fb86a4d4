#include "outputs/eve_output.hpp"

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

EveOutput::EveOutput(const Options& run) : options(run.eve), capture_(run.pcap) {
  // With several devices nothing says which of them a generated flow came from.
  if (run.pcap.empty() && is_live(capture_of(run)) && run.devices.size() == 1)
    fields.iface = run.devices.front();
}

// Source: OutputJsonInitCtx.
void EveOutput::read_fields() {
  const char* name = SCConfNodeLookupChildValue(node, "sensor-name");
  if (name == nullptr) SCConfGet("sensor-name", &name);
  fields.host = name == nullptr ? "" : name;
  const char* const before = SCConfNodeLookupChildValue(node, "prefix");
  prefix = before == nullptr ? "" : before;
  fields.pcap_filename = is_true(node, "pcap-file") ? capture_ : "";
  fields.compress_ipv6 = is_true(node, "ipv6-compress");
}

void EveOutput::read_configuration() {
  node = eve_log();
  if (node == nullptr) {
    own.reset(SCConfNodeNew());
    if (own == nullptr) throw std::bad_alloc();
    node = own.get();
    return read_fields();
  }
  read_fields();
  options.threaded = options.threaded || is_true(node, "threaded");
  const bool on_command_line = !options.file.empty() || !options.filetype.empty();
  if (!on_command_line || SCConfNodeLookupChild(node, "types") != nullptr) types = read_types(node);
  if (on_command_line) return;
  const char* type = SCConfNodeLookupChildValue(node, "filetype");
  if (type == nullptr) type = SCConfNodeLookupChildValue(node, "type");
  if (type == nullptr || is_one_of(type, {"regular", "file"})) {
    options.file = file_of(node);
    split = options.threaded;
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
