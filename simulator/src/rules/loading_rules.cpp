// Rules about loading the plugin.
#include "rules/catalogue.hpp"

namespace surisim::catalogue {
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
        .language = "c",
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
        .language = "c",
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
        .language = "c",
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
        .language = "c",
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
