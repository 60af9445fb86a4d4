// Rules about the process that a plugin shares with the engine.
#include "rules/catalogue.hpp"

namespace surisim::catalogue {
namespace {

constexpr Rule kProcessRules[] = {
    {
        .rule = RuleId::thread_started_in_init,
        .id = "thread-started-in-init",
        .severity = Severity::warning,
        .summary = "started a thread in Init",
        .meaning =
            "There was a thread after Init that had not been there before. A library may have "
            "started it, for its own queue or for logging. A thread that has ended by the time "
            "Init returns does not count.",
        .consequence =
            "With -D Suricata becomes a daemon by a fork after plugins were loaded, and only the "
            "forking thread lives on in the child: the plugin's thread is gone, and whatever lock "
            "it held stays locked.",
        .fix = "Start the thread when it is first needed, in the first thread init callback for "
               "example: daemonising is done by then.",
        .facts = "L1, L3",
        .detected_in = "simulator/src/plugin/plugin_loader.cpp",
        .language = "c",
        .bad = R"(static void *Report(void *unused)
{
    return unused;
}

static void Init(void)
{
    static pthread_t reporter;
    pthread_create(&reporter, NULL, Report, NULL);
}
)",
        .good = R"(static void *Report(void *unused)
{
    return unused;
}

static void OnThreadInit(ThreadVars *tv, void *user)
{
    static pthread_t reporter;
    static int started; /* these callbacks run one after the other */
    if (!started)
        started = pthread_create(&reporter, NULL, Report, NULL) == 0;
}

static void Init(void)
{
    SCThreadRegisterInitCallback(OnThreadInit, NULL);
}
)",
    },
    {
        .rule = RuleId::process_exit,
        .id = "process-exit",
        .severity = Severity::error,
        .summary = "ended the process",
        .meaning =
            "The plugin, or a library function that it called, ended the process: exit, _exit, "
            "quick_exit, or one of Suricata's functions for fatal errors. A signal, that of abort "
            "included, is callback-crash. SCFatalErrorOnInit ends the process only if "
            "engine.init-failure-fatal is set; without it the violation is a warning.",
        .consequence = "The engine ends without a word, in the middle of traffic.",
        .fix = "Log the error and go on without the feature.",
        .facts = "",
        .detected_in = "simulator/cli/sandbox/diagnosis.cpp, simulator/src/ledger/ledger.cpp",
        .language = "c",
        .bad = R"(static void Init(void)
{
    FILE *file = fopen("/etc/myplugin.conf", "r");
    if (file == NULL)
        exit(EXIT_FAILURE);
    fclose(file);
}
)",
        .good = R"(static void Init(void)
{
    FILE *file = fopen("/etc/myplugin.conf", "r");
    if (file == NULL) {
        SCLogError("myplugin: no /etc/myplugin.conf; the plugin does nothing");
        return;
    }
    fclose(file);
}
)",
    },
    {
        .rule = RuleId::unsupported_function,
        .id = "unsupported-function",
        .severity = Severity::error,
        .summary = "called a function of Suricata's that the simulator names but does not model",
        .meaning =
            "The function exists in surisim so that plugins which need it can be loaded, and it "
            "does nothing. This is the simulator's limit, not the plugin's mistake; `surisim "
            "inspect` lists such functions as \"unknown\".",
        .consequence =
            "None. But what this run says about the code behind the call is worth nothing.",
        .fix = "Try that part in Suricata, and accept the violation here with --suppress "
               "unsupported-function=REASON.",
        .facts = "",
        .detected_in = "simulator/src/ledger/ledger.cpp",
        .language = "c",
        .bad = R"(int EngineModeIsIPS(void);

static void Init(void)
{
    if (EngineModeIsIPS())
        SCLogNotice("myplugin: inline");
}
)",
        .good = R"(#include "conf.h"

static void Init(void)
{
    int inline_mode = 0;
    if (SCConfGetBool("myplugin.inline", &inline_mode) && inline_mode)
        SCLogNotice("myplugin: inline");
}
)",
    },
};
static_assert(in_order(kProcessRules, RuleId::thread_started_in_init));

}  // namespace

std::span<const Rule> process_rules() { return kProcessRules; }

}  // namespace surisim::catalogue
