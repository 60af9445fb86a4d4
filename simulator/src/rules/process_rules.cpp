// Rules about the process that a plugin shares with the engine.
#include "rules/tables.hpp"

namespace surisim::catalogue {
namespace {

constexpr Rule kProcessRules[] = {
    {
        .rule = RuleId::thread_started_in_init,
        .id = "thread-started-in-init",
        .severity = Severity::warning,
        .summary = "started a thread in Init",
        .meaning = "After Init there was a thread that had not existed before. A library may have "
                   "started it, for its own queue or for logging. A thread that has ended by the "
                   "time Init returns does not count.",
        .consequence = "With -D Suricata forks to become a daemon after plugins have been loaded, "
                       "and only the forking thread survives in the child: the plugin's thread is "
                       "gone, and any lock that it held stays locked.",
        .fix = "Start the thread when it is first needed, for example in the first thread init "
               "callback: daemonising is done by then.",
        .facts = "L1, L3",
        .detected_in = "simulator/src/plugin/plugin_loader.cpp",
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
        .rule = RuleId::thread_attributes_changed,
        .id = "thread-attributes-changed",
        .severity = Severity::warning,
        .summary = "changed the name, CPU affinity or signal mask of the main thread",
        .meaning = "A thread init callback changed the name, the CPU affinity or the signal mask "
                   "of the thread that it runs on. That is the main thread, not the thread of the "
                   "ThreadVars, which does not exist yet. A change that the callback undoes does "
                   "not count.",
        .consequence =
            "Main has another name in top and in logs, or no longer gets the signals that stop "
            "Suricata. Every thread that is created afterwards inherits affinity and mask, so all "
            "workers may end up on one CPU.",
        .fix = "Change them on the thread itself, in its first flow callback, or leave them to "
               "Suricata's threading settings.",
        .facts = "L5, L6",
        .detected_in = "simulator/src/check/process.cpp",
        .bad = R"(#include <signal.h>

static void OnThreadInit(ThreadVars *tv, void *user)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL); /* of main: Ctrl-C no longer stops Suricata */
}

static void Init(void)
{
    SCThreadRegisterInitCallback(OnThreadInit, NULL);
}
)",
        .good = R"(#include <signal.h>

static void *Report(void *unused)
{
    return unused;
}

static void OnThreadInit(ThreadVars *tv, void *user)
{
    sigset_t all, before;
    pthread_t reporter;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* the plugin's own thread inherits it */
    if (pthread_create(&reporter, NULL, Report, NULL) == 0)
        pthread_detach(reporter);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void Init(void)
{
    SCThreadRegisterInitCallback(OnThreadInit, NULL);
}
)",
    },
    {
        .rule = RuleId::thread_not_owned,
        .id = "thread-not-owned",
        .severity = Severity::error,
        .summary = "joined, detached, cancelled or signalled one of Suricata's threads",
        .meaning =
            "pthread_join, pthread_detach, pthread_cancel, pthread_kill or a similar function was "
            "called with one of Suricata's threads: main, or a thread that it has created. Join, "
            "detach and cancel do nothing here, and the run goes on. A callback may send a signal "
            "to the thread that it runs on; if it cancels that thread, that is callback-crash.",
        .consequence =
            "Suricata joins its threads itself when it stops. That is undefined behaviour for a "
            "thread that has been joined or detached; a cancelled thread leaves its locks held, "
            "and "
            "Suricata waits for it forever.",
        .fix = "Join only threads that the plugin has created. To wait for a worker, wait for what "
               "it does, with a condition variable.",
        .facts = "L15",
        .detected_in = "simulator/src/check/process.cpp",
        .bad = R"(static void *Report(void *worker)
{
    pthread_join(*(pthread_t *)worker, NULL); /* "until the worker has ended" */
    return NULL;
}
)",
        .good = R"(static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int workers; /* that still have a value */

static void *Report(void *unused)
{
    pthread_mutex_lock(&lock);
    while (workers > 0)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}
)",
    },
    {
        .rule = RuleId::foreign_descriptor,
        .id = "foreign-descriptor",
        .severity = Severity::warning,
        .summary = "closed a descriptor that it had not opened, or wrote to one",
        .meaning =
            "surisim opens some descriptors that nobody else uses, at the lowest free numbers and "
            "at some higher ones, and checks them after a plugin's Init, each thread init callback "
            "and each phase of the lifecycle. One of them was closed or written to: the plugin "
            "closes all descriptors from 3 on, closes one twice, or uses a number that is no "
            "longer its own. What a child process closes after fork does not count. Reports are "
            "safe: no plugin can reach their descriptors.",
        .consequence = "Suricata's logs, capture and sockets are closed under it, or the plugin's "
                       "bytes get into them. EVE records are lost.",
        .fix = "Close only what the plugin has opened, once, and set the variable to -1. To keep "
               "descriptors from child processes, open them with O_CLOEXEC.",
        .detected_in = "simulator/src/check/process.cpp",
        .bad = R"(#include <unistd.h>

static void Init(void)
{
    for (int fd = 3; fd < 1024; fd++)
        close(fd); /* "so that my child process does not inherit them" */
}
)",
        .good = R"(#include <unistd.h>

static void Init(void)
{
    if (fork() == 0) {
        for (int fd = 3; fd < 1024; fd++)
            close(fd); /* the child's */
        execl("/bin/true", "true", (char *)NULL);
        _exit(127);
    }
}
)",
    },
    {
        .rule = RuleId::host_object_overwritten,
        .id = "host-object-overwritten",
        .severity = Severity::error,
        .summary = "overwrote one of Suricata's fields in a Flow, Packet or ThreadVars",
        .meaning =
            "A thread init or flow callback changed a field of the ThreadVars, Flow or Packet that "
            "it was given: addresses, ports, counters, states, names, pointers. The message names "
            "the fields, and they get their values back. Fields that plugins may set do not count: "
            "flags that tell Suricata what to do, variables, a capture plugin's part of a Packet. "
            "On each thread the first callbacks are checked, and then one in 32.",
        .consequence =
            "Suricata no longer finds the flow, assigns packets to other flows, logs what never "
            "happened, or crashes.",
        .fix = "Keep the plugin's own state in its storage slots, and only read these objects, "
               "with SCFlowGetSourcePort and the like where they exist.",
        .facts = "L22, L23",
        .detected_in = "simulator/src/check/process.cpp",
        .bad = R"(#include "flow.h"

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    f->dp = 0; /* "so that my update callback recognises the flow" */
}
)",
        .good = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    State *state = calloc(1, sizeof(*state));
    if (state != NULL && SCFlowSetStorageById(f, flow_slot, state) != 0)
        free(state);
}
)",
    },
    {
        .rule = RuleId::packet_leaked,
        .id = "packet-leaked",
        .severity = Severity::error,
        .summary = "kept packets of a thread's pool",
        .meaning =
            "Each packet thread has a pool of packets. A capture plugin must pass on each packet "
            "that it takes, or give it back with TmqhOutputPacketpool. Packets were still missing "
            "when the thread ended.",
        .consequence = "The pool shrinks by one packet each time. Once it is empty, PacketPoolWait "
                       "waits forever, and the engine can no longer be stopped: after a minute it "
                       "ends with an error.",
        .fix = "Give the packet back, or pass it on, on every path.",
        .detected_in = "simulator/src/ledger/ledger.cpp",
        .bad = R"(#include "tm-threads.h"

static TmEcode Receive(ThreadVars *tv, TmSlot *next, const uint8_t *bytes, uint32_t size)
{
    Packet *p = PacketGetFromQueueOrAlloc();
    if (p == NULL || PacketCopyData(p, bytes, size) != 0)
        return TM_ECODE_OK; /* the frame is too long */
    return TmThreadsSlotProcessPkt(tv, next, p);
}
)",
        .good = R"(#include "tm-threads.h"

static TmEcode Receive(ThreadVars *tv, TmSlot *next, const uint8_t *bytes, uint32_t size)
{
    Packet *p = PacketGetFromQueueOrAlloc();
    if (p == NULL)
        return TM_ECODE_FAILED;
    if (PacketCopyData(p, bytes, size) != 0) {
        TmqhOutputPacketpool(tv, p);
        return TM_ECODE_OK;
    }
    return TmThreadsSlotProcessPkt(tv, next, p);
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
            "quick_exit, or one of Suricata's functions for fatal errors. A signal, including that "
            "of abort, is callback-crash. SCFatalErrorOnInit ends the process only if "
            "engine.init-failure-fatal is set; otherwise the violation is a warning.",
        .consequence = "The engine ends without a message, in the middle of traffic.",
        .fix = "Log the error and continue without the feature.",
        .detected_in = "simulator/cli/sandbox/diagnosis.cpp, simulator/src/ledger/ledger.cpp",
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
        .rule = RuleId::sanitizer_report,
        .id = "sanitizer-report",
        .severity = Severity::error,
        .summary = "made a sanitizer report an error",
        .meaning =
            "AddressSanitizer, LeakSanitizer, ThreadSanitizer or UndefinedBehaviorSanitizer, "
            "preloaded or linked into the plugin, has reported an error. The message is the "
            "sanitizer's own, and its full report is on stderr. If the sanitizer then ends the "
            "process, as AddressSanitizer and LeakSanitizer do, process-exit is not reported too.",
        .consequence = "Undefined behaviour: anything may happen, often much later.",
        .fix = "Read the sanitizer's report on stderr.",
        .detected_in = "simulator/cli/sandbox/diagnosis.cpp",
        .bad = R"(#include <limits.h>

static _Atomic int received = INT_MAX;

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    received = received + 1; /* of a plugin built with -fsanitize=undefined */
}

static void Init(void)
{
    SCFlowRegisterInitCallback(OnFlowInit, NULL);
}
)",
        .good = R"(#include <limits.h>

static _Atomic unsigned received = UINT_MAX;

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    received = received + 1;
}

static void Init(void)
{
    SCFlowRegisterInitCallback(OnFlowInit, NULL);
}
)",
    },
    {
        .rule = RuleId::unsupported_function,
        .id = "unsupported-function",
        .severity = Severity::error,
        .summary = "called a function of Suricata that the simulator provides but does not model",
        .meaning =
            "The function exists in surisim so that plugins which need it can be loaded, and it "
            "does nothing. This is the simulator's limit, not the plugin's mistake; `surisim "
            "inspect` lists such functions as \"unknown\".",
        .consequence = "None, but what this run says about the code after the call means nothing.",
        .fix = "Test that part in Suricata, and accept the violation here with --suppress "
               "unsupported-function=REASON.",
        .detected_in = "simulator/src/ledger/ledger.cpp",
        .bad = R"(bool SCRequiresFeature(const char* name);

static void Init(void)
{
    if (SCRequiresFeature("output::file-store"))
        SCLogNotice("myplugin: files are stored");
}
)",
        .good = R"(#include "conf.h"

static void Init(void)
{
    int stored = 0;
    if (SCConfGetBool("myplugin.files-are-stored", &stored) && stored)
        SCLogNotice("myplugin: files are stored");
}
)",
    },
};
static_assert(in_order(kProcessRules, RuleId::thread_started_in_init));

}  // namespace

std::span<const Rule> process_rules() { return kProcessRules; }

}  // namespace surisim::catalogue
