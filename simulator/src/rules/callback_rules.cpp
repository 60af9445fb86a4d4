// Rules about callbacks: registering them, and what they may do.
#include "rules/tables.hpp"

namespace surisim::catalogue {
namespace {

constexpr Rule kCallbackRules[] = {
    {
        .rule = RuleId::callback_null_function,
        .id = "callback-null-function",
        .severity = Severity::error,
        .summary = "registered NULL as a callback",
        .meaning = "A thread or flow callback was registered with a NULL function. Suricata "
                   "accepts it and returns true.",
        .consequence = "Suricata calls it without a check: it crashes when the first thread is "
                       "created, or at the first flow.",
        .fix = "Do not register a callback that may be NULL.",
        .facts = "L8",
        .detected_in = "simulator/src/ledger/ledger.cpp",
        .bad = R"(static SCThreadInitCallbackFn on_thread_init; /* set nowhere */

static void Init(void)
{
    SCThreadRegisterInitCallback(on_thread_init, NULL);
}
)",
        .good = R"(static SCThreadInitCallbackFn on_thread_init;

static void Init(void)
{
    if (on_thread_init != NULL)
        SCThreadRegisterInitCallback(on_thread_init, NULL);
}
)",
    },
    {
        .rule = RuleId::callback_registered_late,
        .id = "callback-registered-late",
        .severity = Severity::warning,
        .summary = "registered a callback after threads had been created",
        .meaning =
            "Callbacks are accepted at any time, but a thread init callback runs once, when its "
            "thread is created. This one was registered in a callback or on a thread of the "
            "running engine.",
        .consequence = "Threads that exist by then never run it. The list of callbacks has no "
                       "lock: workers that iterate it race with the registration.",
        .fix = "Register every callback in Init.",
        .facts = "L7, L8",
        .detected_in = "simulator/src/ledger/ledger.cpp",
        .bad = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    (void)f;
}

static void OnThreadInit(ThreadVars *tv, void *user)
{
    SCFlowRegisterInitCallback(OnFlowInit, NULL); /* once for each thread, too */
}
)",
        .good = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    (void)f;
}

static void Init(void)
{
    SCFlowRegisterInitCallback(OnFlowInit, NULL);
}
)",
    },
    {
        .rule = RuleId::callback_exception,
        .id = "callback-exception",
        .severity = Severity::error,
        .summary = "let a C++ exception out of a callback",
        .meaning = "An exception left a callback or Init. A Free that throws is free-throws.",
        .consequence =
            "Suricata is C and catches nothing: std::terminate ends the engine, with all traffic "
            "in it.",
        .fix =
            "Catch everything inside the callback and log it. The C++ wrappers in suricata_ffi/ do "
            "that for every callback.",
        .detected_in = "simulator/src/abi/callbacks.cpp",
        .language = "cpp",
        .bad = R"(#include <vector>

static void OnThreadInit(ThreadVars *, void *)
{
  std::vector<int> counters;
  counters.at(1) = 0;  // throws std::out_of_range, through Suricata's C code
}
)",
        .good = R"(#include <exception>
#include <vector>

static void OnThreadInit(ThreadVars *, void *) noexcept
try {
  std::vector<int> counters;
  counters.at(1) = 0;
} catch (const std::exception& error) {
  SCLogError("myplugin: %s", error.what());
}
)",
    },
    {
        .rule = RuleId::callback_crash,
        .id = "callback-crash",
        .severity = Severity::error,
        .summary = "died of a signal in its own code",
        .meaning = "A signal ended the process while the plugin's code ran: an access to unmapped "
                   "memory, abort or a failed assert, a stack overflow, a division by zero. Phase, "
                   "thread, callback and the last call of a function of Suricata are those at that "
                   "moment. Ending the process with exit is process-exit.",
        .consequence = "The engine dies, with all traffic in it.",
        .fix = "Look at the call site first. `surisim run --in-process` under a debugger, or with "
               "a plugin built with a sanitizer, shows the whole stack. Get returns NULL if "
               "nothing was set, which is the most frequent cause.",
        .facts = "L31, L34",
        .detected_in = "simulator/cli/sandbox/diagnosis.cpp",
        .bad = R"(static void OnFlowFinish(ThreadVars *tv, Flow *f, void *user)
{
    State *state = SCFlowGetStorageById(f, flow_slot);
    state->flows++; /* NULL for a flow that got no value */
}
)",
        .good = R"(static void OnFlowFinish(ThreadVars *tv, Flow *f, void *user)
{
    State *state = SCFlowGetStorageById(f, flow_slot);
    if (state != NULL)
        state->flows++;
}
)",
    },
    {
        .rule = RuleId::callback_hang,
        .id = "callback-hang",
        .severity = Severity::error,
        .summary = "did not return from a callback within the time limit",
        .meaning = "A callback, Init or a Free took longer than `--timeout`: an endless loop, a "
                   "lock that is never released, a wait for something that only happens later. "
                   "Thread init callbacks run one after the other on the main thread, so one that "
                   "waits for another thread's callback waits forever.",
        .consequence =
            "The engine hangs. At start-up Suricata gives up after two minutes; a worker that "
            "hangs handles no packet, and the shutdown ends with a fatal error.",
        .fix = "Do not wait in a callback. Take locks that other threads hold only for a few "
               "instructions, and always in the same order.",
        .facts = "L5, L7, L15",
        .detected_in = "simulator/cli/sandbox/diagnosis.cpp",
        .bad = R"(static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void OnThreadInit(ThreadVars *tv, void *user)
{
    pthread_mutex_lock(&lock); /* never unlocked: the second thread's callback waits here */
}
)",
        .good = R"(static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t threads;

static void OnThreadInit(ThreadVars *tv, void *user)
{
    pthread_mutex_lock(&lock);
    threads++;
    pthread_mutex_unlock(&lock);
}
)",
    },
    {
        .rule = RuleId::callback_slow,
        .id = "callback-slow",
        .severity = Severity::note,
        .summary = "took long in a callback",
        .meaning =
            "A callback took far longer than is usual for its kind: more than 250 ms in a flow or "
            "EVE callback; 1 s in a thread init callback, a Free, a logger or an EVE file type; 5 "
            "s in Init and other functions that run once. Only the callback's own time counts: "
            "running and sleeping. Not counted: waiting for a processor or a debugger, waiting for "
            "other threads while more threads are runnable than there are processors, and anything "
            "under a sanitizer or valgrind. Times are sampled by another process: they are "
            "slightly too short, and there are none with --in-process. A callback that does not "
            "return at all is callback-hang.",
        .consequence =
            "A worker that is in a callback handles no packets: at 1 Gbit/s some 20,000 packets "
            "arrive in 250 ms, and those that do not fit into its buffers are lost. Thread init "
            "callbacks run one after the other, so their time delays the start once for each "
            "thread.",
        .fix = "Do slow work (DNS, databases, files, long computations) on one of the plugin's own "
               "threads, and pass it what it needs. Make what all threads can share once, in Init.",
        .facts = "L5, L7",
        .detected_in = "simulator/cli/sandbox/slow_callbacks.cpp",
        .bad = R"(#include <unistd.h>

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    sleep(1); /* as a DNS lookup of the flow's address may take */
}

static void Init(void)
{
    SCFlowRegisterInitCallback(OnFlowInit, NULL);
}
)",
        .good = R"(static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t waiting; /* flows that one of the plugin's own threads looks up */

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    pthread_mutex_lock(&lock);
    waiting++;
    pthread_mutex_unlock(&lock);
}

static void Init(void)
{
    SCFlowRegisterInitCallback(OnFlowInit, NULL);
}
)",
    },
    {
        .rule = RuleId::deadlock,
        .id = "deadlock",
        .severity = Severity::error,
        .summary = "blocked threads so that none can go on",
        .meaning =
            "Each thread waits for another one: for a lock that the other holds, for a wake-up, or "
            "for its end. `surisim explore` and `surisim run --schedule` find this the moment it "
            "happens, without a time limit, and say which thread waits for which. They also report "
            "threads that run without end and make no progress. In a plain run it happens only now "
            "and then, and is callback-hang.",
        .consequence = "The threads stop for good: no packet is handled, and Suricata does not end "
                       "when it is asked to.",
        .fix = "Take locks in the same order everywhere, and hold none while you wait. What wakes "
               "a thread must be kept in a variable that is read under the lock. Do not wait in a "
               "thread init callback: they run one after the other on one thread.",
        .facts = "L5, L7, L35",
        .detected_in = "simulator/src/engine/scheduled_run.cpp",
        .bad = R"(static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_here = PTHREAD_COND_INITIALIZER;
static unsigned here;

static void OnThreadInit(ThreadVars *tv, void *user)
{
    pthread_mutex_lock(&lock);
    here++;
    pthread_cond_broadcast(&all_here);
    while (here < 2)
        pthread_cond_wait(&all_here, &lock); /* the second one is called after this one */
    pthread_mutex_unlock(&lock);
}
)",
        .good = R"(static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned here;

static void OnThreadInit(ThreadVars *tv, void *user)
{
    pthread_mutex_lock(&lock);
    here++;
    pthread_mutex_unlock(&lock);
}
)",
    },
    {
        .rule = RuleId::data_race,
        .id = "data-race",
        .severity = Severity::error,
        .summary = "accessed the same memory on two threads that nothing orders",
        .meaning =
            "Two threads accessed the same bytes, at least one of them wrote, and neither waited "
            "for the other. `surisim explore` and `surisim run --schedule` find this in the plugin "
            "as it is, whether or not it did harm. It is a note if debug information does not tell "
            "a plain access from an atomic.\n\n"
            "Callbacks of one flow are ordered by the flow's lock (L35), and so are the thread "
            "init callbacks, which run one after the other. Callbacks of different flows are "
            "not, nor is a flow's finish on a recycler ordered with other flows' callbacks.",
        .consequence = "Counts are lost, structures are corrupted, and a reader may see a pointer "
                       "before what it points to: rarely, and under load.",
        .fix =
            "Keep the value in thread storage and add the threads' values up at the end, make it "
            "an atomic, or take a lock around every access of it, reads too.",
        .facts = "L5, L35",
        .detected_in = "simulator/src/engine/scheduled_run.cpp",
        .bad = R"(static uint64_t packets; /* of all workers */

static void OnFlowUpdate(ThreadVars *tv, Flow *f, Packet *p, void *user)
{
    packets++;
}

static void Init(void)
{
    SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}
)",
        .good = R"(static _Atomic uint64_t packets; /* of all workers */

static void OnFlowUpdate(ThreadVars *tv, Flow *f, Packet *p, void *user)
{
    packets++;
}

static void Init(void)
{
    SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
}
)",
    },
    {
        .rule = RuleId::lock_order_inverted,
        .id = "lock-order-inverted",
        .severity = Severity::warning,
        .summary = "takes locks in opposite orders on two threads",
        .meaning =
            "One thread takes a lock while it holds another one, and a second thread takes the two "
            "in the opposite order; or three threads do so in a cycle of three locks. The threads "
            "did not block each other in this run; if they do, it is deadlock. `surisim explore` "
            "and `surisim run --schedule` find this; the flow locks that Suricata holds around "
            "callbacks (L35) count too.\n\n"
            "It is not reported if the threads cannot be there at the same time, because both hold "
            "a third lock or one waits for the other. Locks that are only tried, or waited for "
            "with a time limit, do not count, nor do read-write locks that both read.",
        .consequence = "Now and then each of the threads waits for the other: no packet is "
                       "handled, and Suricata does not end when it is asked to.",
        .fix = "Take the locks in the same order everywhere, or release the first one before you "
               "take the second one.",
        .facts = "L35",
        .detected_in = "simulator/src/engine/scheduled_run.cpp",
        .bad = R"(static pthread_mutex_t begun_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t ended_lock = PTHREAD_MUTEX_INITIALIZER;

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    pthread_mutex_lock(&begun_lock);
    pthread_mutex_lock(&ended_lock);
    pthread_mutex_unlock(&ended_lock);
    pthread_mutex_unlock(&begun_lock);
}

static void OnFlowFinish(ThreadVars *tv, Flow *f, void *user)
{
    pthread_mutex_lock(&ended_lock);
    pthread_mutex_lock(&begun_lock); /* another thread may have it, and wait for ended_lock */
    pthread_mutex_unlock(&begun_lock);
    pthread_mutex_unlock(&ended_lock);
}
)",
        .good = R"(static pthread_mutex_t begun_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t ended_lock = PTHREAD_MUTEX_INITIALIZER;

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    pthread_mutex_lock(&begun_lock);
    pthread_mutex_lock(&ended_lock);
    pthread_mutex_unlock(&ended_lock);
    pthread_mutex_unlock(&begun_lock);
}

static void OnFlowFinish(ThreadVars *tv, Flow *f, void *user)
{
    pthread_mutex_lock(&begun_lock);
    pthread_mutex_lock(&ended_lock);
    pthread_mutex_unlock(&ended_lock);
    pthread_mutex_unlock(&begun_lock);
}
)",
    },
    {
        .rule = RuleId::assertion_failed,
        .id = "assertion-failed",
        .severity = Severity::error,
        .summary = "broke one of its own assertions",
        .meaning =
            "The condition of a SURISIM_ASSERT was false (`surisim/assert.h`), or a function that "
            "`--invariant` names returned false when the plugin's threads had ended. The plugin's "
            "author decides what to assert; surisim checks it in each run, and `surisim explore` "
            "in "
            "each schedule.",
        .consequence = "The plugin continues in a state that its author has ruled out. In Suricata "
                       "nothing reports that.",
        .fix = "Find the cause by repeating the same schedule with `surisim explore --replay`. If "
               "the assertion is wrong, correct it.",
        .facts = "L5",
        .detected_in = "simulator/src/ledger/ledger.cpp",
        .bad = R"(#include "surisim/assert.h"

static pthread_t loaded_on; /* set in Init */

static void OnThreadInit(ThreadVars *tv, void *user)
{
    SURISIM_ASSERT(!pthread_equal(loaded_on, pthread_self())); /* main runs them all */
}
)",
        .good = R"(#include "surisim/assert.h"

static pthread_t loaded_on; /* set in Init */

static void OnThreadInit(ThreadVars *tv, void *user)
{
    SURISIM_ASSERT(pthread_equal(loaded_on, pthread_self()));
}
)",
    },
};
static_assert(in_order(kCallbackRules, RuleId::callback_null_function));

}  // namespace

std::span<const Rule> callback_rules() { return kCallbackRules; }

}  // namespace surisim::catalogue
