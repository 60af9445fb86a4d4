// Rules about loading the plugin, and about registering storage.
#include "rules/tables.hpp"

namespace surisim::catalogue {
namespace {

constexpr Rule kRegistrationRules[] = {
    {
        .rule = RuleId::register_after_finalize,
        .id = "register-after-finalize",
        .severity = Severity::error,
        .summary = "registered storage after registration was closed",
        .meaning = "Storage is registered while plugins load: in Init, or in the app-layer and "
                   "keyword functions that Init registers. Then Suricata finalizes storage, before "
                   "it creates any thread. This slot was registered later, for example in a thread "
                   "init, flow or logging-ready callback.",
        .consequence = "Suricata refuses the registration without a message, and the id is -1. A "
                       "plugin that uses that id reads and writes memory beside the storage array; "
                       "one that checks it keeps no state, and nothing reports that.",
        .fix = "Register every slot in Init, and keep its id in a static variable.",
        .facts = "L1, L2, L16",
        .detected_in = "simulator/src/ledger/ledger.cpp",
        .bad = R"(static void OnThreadInit(ThreadVars *tv, void *user)
{
    slot = SCThreadStorageRegister("myplugin", FreeState); /* too late: the id is -1 */
    SCThreadSetStorageById(tv, slot, calloc(1, sizeof(State)));
}
)",
        .good = R"(static void OnThreadInit(ThreadVars *tv, void *user)
{
    SCThreadSetStorageById(tv, slot, calloc(1, sizeof(State)));
}

static void Init(void)
{
    slot = SCThreadStorageRegister("myplugin", FreeState);
    SCThreadRegisterInitCallback(OnThreadInit, NULL);
}
)",
    },
    {
        .rule = RuleId::register_duplicate_name,
        .id = "register-duplicate-name",
        .severity = Severity::error,
        .summary = "registered a name that is already taken in the same storage type",
        .meaning =
            "A slot's name is unique in its storage type. Another plugin, Suricata itself or this "
            "plugin had registered it before; a plugin that is loaded twice collides with itself. "
            "The same name for a thread slot and for a flow slot is fine.",
        .consequence =
            "The second registration is refused without a message: its id is -1, and the plugin "
            "has no slot.",
        .fix = "Begin the name with your plugin's name, register it once, and return from Init if "
               "the id is negative.",
        .facts = "L16, L40",
        .detected_in = "simulator/src/ledger/ledger.cpp",
        .bad = R"(static void Init(void)
{
    slot = SCThreadStorageRegister("counters", FreeState); /* others may use this name too */
    SCThreadStorageId second = SCThreadStorageRegister("counters", FreeState); /* -1 */
    (void)second;
}
)",
        .good = R"(static void Init(void)
{
    slot = SCThreadStorageRegister("myplugin-counters", FreeState);
    flow_slot = SCFlowStorageRegister("myplugin-counters", FreeState); /* another type */
}
)",
    },
    {
        .rule = RuleId::register_invalid_argument,
        .id = "register-invalid-argument",
        .severity = Severity::error,
        .summary = "registered storage with no name, an empty name, or no Free",
        .meaning = "Suricata accepts a slot only with a name that is not empty and a Free that is "
                   "not NULL, in a storage type that exists.",
        .consequence = "The registration is refused without a message: the id is -1.",
        .fix = "Give the slot a name and a Free. If there is nothing to free, as for a static "
               "value, Free may be a function that does nothing.",
        .facts = "L16",
        .detected_in = "simulator/src/ledger/ledger.cpp",
        .bad = R"(static void Init(void)
{
    slot = SCThreadStorageRegister("myplugin", NULL); /* no Free: the id is -1 */
}
)",
        .good = R"(static void FreeNothing(void *value)
{
    (void)value; /* static memory */
}

static void Init(void)
{
    slot = SCThreadStorageRegister("myplugin", FreeNothing);
}
)",
    },
    {
        .rule = RuleId::register_dangling_name,
        .id = "register-dangling-name",
        .severity = Severity::warning,
        .summary = "let the memory of a slot's name change or vanish after registering it",
        .meaning =
            "Suricata keeps the pointer to the name, not a copy. The memory behind it no longer "
            "holds the name that was registered: it was a buffer on the stack, has been freed, or "
            "has been reused.",
        .consequence =
            "Each later registration compares its name with the memory behind the pointer, and "
            "debug logs print it: garbage, a name that seems to be taken, or a crash.",
        .fix = "Pass a string literal, or memory that does not change until the process ends.",
        .facts = "L17",
        .detected_in = "simulator/src/check/slots.cpp",
        .bad = R"(static void Init(void)
{
    char name[32];
    snprintf(name, sizeof name, "myplugin-%d", 1);
    slot = SCThreadStorageRegister(name, FreeState); /* `name` is gone after Init */
}
)",
        .good = R"(static void Init(void)
{
    static char name[32];
    snprintf(name, sizeof name, "myplugin-%d", 1);
    slot = SCThreadStorageRegister(name, FreeState);
}
)",
    },
    {
        .rule = RuleId::register_result_ignored,
        .id = "register-result-ignored",
        .severity = Severity::error,
        .summary = "used the id -1 that a refused registration had returned",
        .meaning = "A registration was refused, its id is -1, and the plugin used it. The "
                   "violation about the registration says why it was refused. Using any other id "
                   "that was never registered, such as the plugin's own mark for \"not registered "
                   "yet\", is access-invalid-id.",
        .consequence =
            "Get and set do not check bounds. In a ThreadVars -1 is the field before the storage, "
            "the name of the interface: Suricata frees the plugin's value as if it were that name, "
            "without the slot's Free. In a Flow it is a byte counter.",
        .fix = "Check the id once, in Init, and register no callbacks if it is negative.",
        .facts = "L16, L18",
        .detected_in = "simulator/src/check/access.cpp",
        .bad = R"(static void OnThreadInit(ThreadVars *tv, void *user)
{
    SCThreadSetStorageById(tv, slot, calloc(1, sizeof(State))); /* whatever slot.id is */
}

static void Init(void)
{
    slot = SCThreadStorageRegister("", FreeState); /* refused */
    SCThreadRegisterInitCallback(OnThreadInit, NULL);
}
)",
        .good = R"(static void OnThreadInit(ThreadVars *tv, void *user)
{
    SCThreadSetStorageById(tv, slot, calloc(1, sizeof(State)));
}

static void Init(void)
{
    slot = SCThreadStorageRegister("myplugin", FreeState);
    if (slot.id < 0) {
        SCLogError("myplugin: no thread storage; the plugin does nothing");
        return;
    }
    SCThreadRegisterInitCallback(OnThreadInit, NULL);
}
)",
    },
};
static_assert(in_order(kRegistrationRules, RuleId::register_after_finalize));

}  // namespace

std::span<const Rule> registration_rules() { return kRegistrationRules; }

namespace {

constexpr Rule kLoadingRules[] = {
    {
        .rule = RuleId::load_failed,
        .id = "load-failed",
        .severity = Severity::error,
        .summary = "could not be opened",
        .meaning = "dlopen refused the file. The message names the symbols that are defined "
                   "nowhere, or the library that was not found. All symbols are looked up at once "
                   "(RTLD_NOW), also those of code that never runs.",
        .consequence =
            "Suricata logs a notice and starts without the plugin: it is silently absent.",
        .fix = "Link the libraries that the plugin needs. `surisim inspect` lists every symbol "
               "that it imports, and whether it is found.",
        .facts = "L38, L39",
        .detected_in = "simulator/src/plugin/plugin_check.cpp",
        .bad = R"(int myplugin_helper(void); /* defined in a file that was not linked */

static void Init(void)
{
    if (myplugin_helper())
        SCLogNotice("myplugin: ready");
}
)",
        .good = R"(static int myplugin_helper(void)
{
    return 1;
}

static void Init(void)
{
    if (myplugin_helper())
        SCLogNotice("myplugin: ready");
}
)",
    },
    {
        .rule = RuleId::load_no_entry_point,
        .id = "load-no-entry-point",
        .severity = Severity::error,
        .summary = "exports no SCPluginRegister, or it returned NULL",
        .meaning = "Suricata looks for the function SCPluginRegister in the library and calls it. "
                   "It is missing, is static or hidden, has another name, as without extern \"C\" "
                   "in C++, or returned NULL.",
        .consequence =
            "Without the function Suricata logs an error and starts without the plugin. With NULL "
            "it crashes.",
        .fix = "Export SCPluginRegister and return a static SCPlugin.",
        .facts = "L39",
        .detected_in = "simulator/src/plugin/plugin_check.cpp",
        .bad = R"(static void Init(void) {}

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .suricata_version = SC_PACKAGE_VERSION,
    .name = "myplugin",
    .license = "MIT",
    .author = "A. Author",
    .Init = Init,
};

static SCPlugin *SCPluginRegister(void) /* static: it is not found */
{
    return &plugin;
}
)",
        .good = R"(static void Init(void) {}

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .suricata_version = SC_PACKAGE_VERSION,
    .name = "myplugin",
    .license = "MIT",
    .author = "A. Author",
    .Init = Init,
};

SCPlugin *SCPluginRegister(void)
{
    return &plugin;
}
)",
    },
    {
        .rule = RuleId::load_version_mismatch,
        .id = "load-version-mismatch",
        .severity = Severity::error,
        .summary = "was built for another version of Suricata's plugin API",
        .meaning = "The version in the plugin's SCPlugin is not the one that Suricata expects; the "
                   "message names both. The layout of Suricata 7, which has no version field, is "
                   "recognised.",
        .consequence = "Suricata logs an error, closes the library and starts without the plugin.",
        .fix =
            "Set .version to SC_API_VERSION, and compile against the headers of the Suricata that "
            "is to load the plugin.",
        .facts = "L39",
        .detected_in = "simulator/src/plugin/plugin_check.cpp",
        .bad = R"(static void Init(void) {}

static SCPlugin plugin = {
    .version = 0x0a00,
    .suricata_version = "10.0.0",
    .name = "myplugin",
    .license = "MIT",
    .author = "A. Author",
    .Init = Init,
};
)",
        .good = R"(static void Init(void) {}

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .suricata_version = SC_PACKAGE_VERSION,
    .name = "myplugin",
    .license = "MIT",
    .author = "A. Author",
    .Init = Init,
};
)",
    },
    {
        .rule = RuleId::load_null_field,
        .id = "load-null-field",
        .severity = Severity::error,
        .summary = "left name, author, license or Init NULL",
        .meaning =
            "These four fields of SCPlugin are required. suricata_version and plugin_version may "
            "be NULL.",
        .consequence = "Suricata aborts at start-up.",
        .fix = "Fill in all four.",
        .facts = "L39",
        .detected_in = "simulator/src/plugin/plugin_check.cpp",
        .bad = R"(static void Init(void) {}

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .name = "myplugin",
    .Init = Init, /* no license, no author */
};
)",
        .good = R"(static void Init(void) {}

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .name = "myplugin",
    .license = "MIT",
    .author = "A. Author",
    .Init = Init,
};
)",
    },
};
static_assert(in_order(kLoadingRules, RuleId::load_failed));

}  // namespace

std::span<const Rule> loading_rules() { return kLoadingRules; }

}  // namespace surisim::catalogue
