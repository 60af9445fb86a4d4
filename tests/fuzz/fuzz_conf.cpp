// Suricata's YAML. Input: a file. Oracle: an error names the file, and in the resulting tree every
// child is found by its name, and every name by its path.
#include <suricata/conf.h>
#include <suricata/util-debug.h>

#include <string_view>

#include "abi/process_state.hpp"
#include "conf/conf_yaml.hpp"
#include "input.hpp"

namespace {

constexpr const char* kFile = "nowhere/fuzz.yaml";

void walk(const SCConfNode& node) {
  const SCConfNode* child = nullptr;
  TAILQ_FOREACH(child, &node.head, next) {
    fuzz::check(child->name != nullptr, "a node without a name");
    const SCConfNode* const found = SCConfNodeLookupChild(&node, child->name);
    fuzz::check(found != nullptr && std::string_view(found->name) == child->name,
                "a child is not found by its name");
    fuzz::check(SCConfNodeHasChildren(&node), "a child of a node without children");
    const char* value = nullptr;
    const int has_value = SCConfGetChildValue(&node, child->name, &value);
    fuzz::check(has_value == 0 || value != nullptr, "a value that is none");
    intmax_t number = 0;
    (void)SCConfGetChildValueInt(&node, child->name, &number);
    int truth = 0;
    (void)SCConfGetChildValueBool(&node, child->name, &truth);
    walk(*child);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // An include of a file of this machine: its name has a slash; others are not found.
  if (text.find('/') != std::string_view::npos) return 0;
  surisim::abi::state().log_level.store(SC_LOG_NONE);
  SCConfNode* const root = SCConfNodeNew();
  const auto loaded = surisim::conf::load_conf_text(text, kFile, root);
  if (!loaded) {
    const std::string& message = loaded.error().message;
    const bool included = text.find("include") != std::string_view::npos;  // may name that file
    fuzz::check(included ? !message.empty() : message.starts_with(kFile),
                "an error that does not name its file");
  }
  walk(*root);
  SCConfNodeFree(root);
  return 0;
}
