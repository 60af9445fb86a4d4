// Plugins: naming one to load, what was loaded, and inspecting a file without a run.
//
// When:    as each function says.
// Owner:   values.
// Threads: as each function says.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <suricata/suricata-plugin.h>

#include "surisim/error.hpp"
#include "surisim/options.hpp"
#include "surisim/violation.hpp"

namespace surisim {

class JournalEntry;

// A plugin to load. Three ways to name one.
struct PluginSource {
  std::string path;                      // a .so, or a directory of them (L38)
  SCPluginRegisterFunc entry = nullptr;  // in process: what the .so would export
  std::function<void()> init;            // in process: only an Init; `path` is its name

  static PluginSource file(std::string path) { return {std::move(path), nullptr, {}}; }
  static PluginSource in_process(SCPluginRegisterFunc entry) { return {"", entry, {}}; }
  static PluginSource in_process(std::string name, std::function<void()> init) {
    return {std::move(name), nullptr, std::move(init)};
  }
};

struct SlotInfo {
  std::string type;  // "thread", "flow", "host", "ippair", "device"
  std::string name;
  int id = -1;  // -1: refused (L16)
};

struct CallbackInfo {
  std::string kind;    // "thread init", "flow init", "flow update", "flow finish"
  std::string symbol;  // "on_thread_init"; empty if the file has no name for it
};

struct PluginInfo {
  std::string path;
  std::string name;
  std::string version;  // the plugin's own; may be empty
  std::string license;
  std::string author;
  std::string suricata_version;  // which it was built for
  std::uint64_t api_version = 0;
  bool loaded = false;          // Init has run
  std::vector<SlotInfo> slots;  // in registration order
  std::vector<CallbackInfo> callbacks;
};

// A symbol that the file imports.
struct ImportedSymbol {
  enum class Status {
    provided,  // the simulator has it
    system,    // libc, libstdc++ or another library that the file needs has it
    missing,   // defined nowhere: loading fails
  };
  // What a symbol of Suricata does here.
  enum class Support {
    none,      // not Suricata's: a system symbol
    modelled,  // the same as in Suricata, as far as a plugin can see
    accepted,  // accepts a registration and lists it in the report, without using it
    unknown,   // nothing: a call is the violation unsupported-function; or it is missing
    absent,    // only another version of Suricata has it, and the reference is not weak: loading
               // fails
  };
  std::string name;
  Status status = Status::missing;
  bool weak = false;
  Support support = Support::none;
  // What changes between versions, for example "is SCThreadStorageRegister in 9.0"; empty: nothing.
  std::string elsewhere = {};
};

// A field of ThreadVars, Flow or Packet that the plugin's code uses, and whose offset differs
// between the headers that the plugin was compiled with and the version that it is compared with.
struct MovedField {
  std::string name;                 // "Flow.flags"
  std::uint32_t offset = 0;         // in the plugin, in bytes
  std::int32_t there = -1;          // in that version; -1: it has no such field
  std::vector<std::string> places;  // "/src/plugin.c:41", sorted
};

struct Inspection {
  PluginInfo plugin;                   // metadata; `loaded` is false
  Suricata suricata = Suricata::v9_0;  // the version that it was compared with
  // It runs in every version: its references to functions that only one version has are weak.
  bool for_all_versions = false;
  bool has_entry_point = false;
  std::vector<ImportedSymbol> imports;  // by name
  std::vector<std::string> needed;      // DT_NEEDED libraries
  std::vector<MovedField> moved;        // by name; empty without debug information
  std::vector<Violation> problems;      // what would keep it from loading
};

// The files that a path stands for: the file itself, or those in a directory whose names contain
// ".so", in the directory's order (L38). Nothing is loaded.
// Errors (load_failed, a sentence that begins with the path): no such file, a directory without any
// such file; for a single file also: empty, not an ELF file, not a shared object, damaged, not for
// this machine, unreadable. Files in a directory are not checked; the loader does that.
// [any thread]
expected<std::vector<std::string>> plugin_files(const std::string& path);

// Reads the file without running its code: its imports, the libraries that it needs, whether it
// exports the entry point, and what would keep it from being opened. Errors: those of inspect().
// [any thread] without a Runtime too
expected<Inspection> inspect_file(const std::string& path, std::optional<Suricata> version = {});

// Inspects a file without running its Init. If its symbols resolve, its constructors and
// SCPluginRegister run in this process, because there is no other way to read its metadata.
// Errors: no such file, a directory, not an ELF file, not for this machine, unreadable.
// `journal`: where to note which of the two runs, for a supervising process (base/journal.hpp);
// null: nowhere.
// `version`: the Suricata to compare with; without it the plugin's. A plugin for another version is
// not opened: Inspection::imports says what changes for each symbol. [any thread] without a Runtime
// too
expected<Inspection> inspect(const std::string& path, JournalEntry* journal = nullptr,
                             std::optional<Suricata> version = {});

}  // namespace surisim
