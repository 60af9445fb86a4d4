// Rules about access to storage and counters: of which object, which slot, on which thread, when.
#include "rules/tables.hpp"

namespace surisim::catalogue {
namespace {

constexpr Rule kAccessRules[] = {
    {
        .rule = RuleId::access_before_finalize,
        .id = "access-before-finalize",
        .severity = Severity::error,
        .summary = "got, set or freed a value before storage was finalized",
        .meaning =
            "Storage can be used once Suricata has finalized it, which it does after all plugins "
            "have been loaded. In Init there are slots, but no ThreadVars and no Flow that has "
            "room for them.",
        .consequence = "A debug build of Suricata aborts. Other builds read and write memory that "
                       "is not storage, and freeing a value crashes.",
        .fix = "Set values in the thread init callback or in flow callbacks.",
        .facts = "L1, L18",
        .detected_in = "simulator/src/check/access.cpp",
        .bad = R"(static ThreadVars fake;

static void Init(void)
{
    slot = SCThreadStorageRegister("myplugin", FreeState);
    SCThreadSetStorageById(&fake, slot, calloc(1, sizeof(State)));
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
        .rule = RuleId::access_invalid_id,
        .id = "access-invalid-id",
        .severity = Severity::error,
        .summary = "used an id that was never registered for this storage type",
        .meaning =
            "The id is negative or too large for this storage type: a variable that was never set, "
            "the plugin's own mark for \"none\", or the id of another storage type, as each type "
            "counts from 0. Using the -1 of a refused registration is register-result-ignored.",
        .consequence =
            "Get and set do not check bounds: they read and write memory beside the storage.",
        .fix = "Use the id that the registration of this type returned. The types "
               "SCThreadStorageId and SCFlowStorageId keep them apart.",
        .facts = "L16, L18",
        .detected_in = "simulator/src/check/access.cpp",
        .bad = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    SCThreadStorageId mixed_up = {flow_slot.id + 100};
    (void)SCThreadGetStorageById(tv, mixed_up);
}
)",
        .good = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    (void)SCThreadGetStorageById(tv, slot);
    (void)SCFlowGetStorageById(f, flow_slot);
}
)",
    },
    {
        .rule = RuleId::access_foreign_slot,
        .id = "access-foreign-slot",
        .severity = Severity::error,
        .summary = "used a slot that belongs to Suricata or to another plugin",
        .meaning =
            "The id is valid, but Suricata or another plugin registered it. An id variable that "
            "was never set is 0, which is a valid id too: flow slot 0 is Suricata's own.",
        .consequence = "The value there has another type and another owner. Setting it breaks that "
                       "owner, and the plugin's value is freed with the other owner's Free.",
        .fix =
            "Register a slot of your own before you use its id, and initialise id variables with "
            "-1. To share state between plugins, offer a function.",
        .facts = "L19",
        .detected_in = "simulator/src/check/access.cpp",
        .bad = R"(static SCFlowStorageId never_registered; /* id 0: Suricata's bypass counters */

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    SCFlowSetStorageById(f, never_registered, calloc(1, sizeof(State)));
}
)",
        .good = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    SCFlowSetStorageById(f, flow_slot, calloc(1, sizeof(State)));
}
)",
    },
    {
        .rule = RuleId::access_foreign_thread,
        .id = "access-foreign-thread",
        .severity = Severity::error,
        .summary = "touched the storage of another thread's ThreadVars while that thread runs",
        .meaning = "A ThreadVars' storage belongs to its thread from the moment it is spawned "
                   "until it has been joined, also while it is paused. Before and after, the main "
                   "thread may use it, as the thread init callback and Free do. Keeping a "
                   "ThreadVars is fine as long as only its own thread uses it.",
        .consequence =
            "A data race: torn and lost values, or memory that is freed while it is read. It shows "
            "under load, rarely, and differently each time.",
        .fix = "Use the ThreadVars that the callback was given. For sums over all threads keep "
               "atomic counters, or add up in Free, which runs after the threads have ended.",
        .facts = "L5, L7, L25, L31",
        .detected_in = "simulator/src/check/access.cpp",
        .bad = R"(static ThreadVars *first;

static void OnThreadInit(ThreadVars *tv, void *user)
{
    if (first == NULL)
        first = tv;
    SCThreadSetStorageById(tv, slot, calloc(1, sizeof(State)));
}

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    State *state = SCThreadGetStorageById(first, slot); /* whichever thread this is */
    if (state != NULL)
        state->flows++;
}
)",
        .good = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    State *state = SCThreadGetStorageById(tv, slot);
    if (state != NULL)
        state->flows++;
}
)",
    },
    {
        .rule = RuleId::access_unmanaged_thread,
        .id = "access-unmanaged-thread",
        .severity = Severity::error,
        .summary = "called a storage function on a thread that is not one of Suricata's",
        .meaning = "The plugin, or a library that it uses, started the calling thread. No "
                   "ThreadVars and no Flow belongs to it, even while a flow's callback waits for "
                   "it: this holds for a Flow's accessors, too.",
        .consequence =
            "A data race with the thread that the storage belongs to, and with Suricata, which "
            "frees it without asking that thread.",
        .fix =
            "Copy what the thread needs inside a callback and hand it over, through a queue or an "
            "atomic variable.",
        .facts = "L25",
        .detected_in = "simulator/src/check/access.cpp",
        .bad = R"(static ThreadVars *worker;

static void *Report(void *unused)
{
    State *state = SCThreadGetStorageById(worker, slot); /* while the worker writes to it */
    return state;
}
)",
        .good =
            R"(static uint64_t flows; /* atomic: written by workers, read by the reporting thread */

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    __atomic_fetch_add(&flows, 1, __ATOMIC_RELAXED);
}

static void *Report(void *unused)
{
    SCLogNotice("%llu flows", (unsigned long long)__atomic_load_n(&flows, __ATOMIC_RELAXED));
    return NULL;
}
)",
    },
    {
        .rule = RuleId::access_after_free,
        .id = "access-after-free",
        .severity = Severity::error,
        .summary = "used a ThreadVars or Flow whose storage had been freed",
        .meaning = "Suricata had freed the storage: a thread's after joining the thread, a flow's "
                   "at the end of the flow. Typical places are a Free, and a ThreadVars that was "
                   "kept. Thread storage is freed before the last flows are. Using a kept Flow "
                   "whose storage still exists is access-stale-handle; calling storage functions "
                   "from a Free at all is free-reentrant.",
        .consequence = "Use after free: a crash, or access to memory that has been reused.",
        .fix = "In a Free, use only the value that it is given. Whatever else it needs belongs in "
               "the value, or in static memory.",
        .facts = "L25, L34",
        .detected_in = "simulator/src/check/access.cpp",
        .bad = R"(static ThreadVars *kept; /* a worker's, from its init callback */

static void FreeFlowState(void *value)
{
    State *state = SCThreadGetStorageById(kept, slot); /* the worker may be gone by now */
    if (state != NULL)
        state->flows--;
    free(value);
}
)",
        .good = R"(static uint64_t open_flows;

static void FreeFlowState(void *value)
{
    __atomic_fetch_sub(&open_flows, 1, __ATOMIC_RELAXED);
    free(value);
}
)",
    },
    {
        .rule = RuleId::access_stale_handle,
        .id = "access-stale-handle",
        .severity = Severity::error,
        .summary = "kept a Flow past its callback and used it later",
        .meaning = "A Flow may be used inside a callback for that very flow, on that thread, where "
                   "it is locked. This one was used when no such callback was running. A "
                   "ThreadVars may be kept: see access-foreign-thread.",
        .consequence = "The flow is not locked, so there is a race with its worker; or it has "
                       "ended, and its memory has been reused for another flow.",
        .fix = "Copy what you need of a flow while the callback runs: its addresses, ports and id.",
        .facts = "L33, L35",
        .detected_in = "simulator/src/check/access.cpp",
        .bad = R"(static __thread Flow *previous;

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    if (previous != NULL)
        SCFlowSetStorageById(previous, flow_slot, calloc(1, sizeof(State)));
    previous = f;
}
)",
        .good = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    SCFlowSetStorageById(f, flow_slot, calloc(1, sizeof(State)));
}
)",
    },
    {
        .rule = RuleId::access_invalid_handle,
        .id = "access-invalid-handle",
        .severity = Severity::error,
        .summary = "passed NULL, or a pointer that is not a ThreadVars or Flow",
        .meaning =
            "A storage function was called with NULL, or with a pointer that Suricata never gave "
            "to the plugin as a ThreadVars or Flow.",
        .consequence =
            "Suricata reads the storage at that address: a crash, or access to unrelated memory.",
        .fix = "Pass the pointer that the callback was given.",
        .detected_in = "simulator/src/check/access.cpp",
        .bad = R"(static void OnFlowUpdate(ThreadVars *tv, Flow *f, Packet *p, void *user)
{
    (void)SCFlowGetStorageById((Flow *)tv, flow_slot); /* not a Flow */
    (void)SCThreadGetStorageById(NULL, slot);
}
)",
        .good = R"(static void OnFlowUpdate(ThreadVars *tv, Flow *f, Packet *p, void *user)
{
    (void)SCFlowGetStorageById(f, flow_slot);
    (void)SCThreadGetStorageById(tv, slot);
}
)",
    },
    {
        .rule = RuleId::counter_invalid_id,
        .id = "counter-invalid-id",
        .severity = Severity::error,
        .summary = "counted with an id for which the thread has no counter",
        .meaning =
            "Each thread allocates its statistics counters when its initialisation ends. These ids "
            "have no counter: one that was registered later, in a flow callback for instance; 0, "
            "which a refused registration returns; the id of another thread's counter; and any id "
            "before the thread has been initialised.",
        .consequence = "Suricata does not check ids: it adds to memory beside the counters.",
        .fix = "Register counters in the thread init callback, or in a logger's ThreadInit, on "
               "every thread that counts.",
        .facts = "E34",
        .detected_in = "simulator/src/check/access.cpp",
        .bad = R"(static StatsCounterId requests;

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    requests = StatsRegisterCounter("myplugin.requests", &tv->stats);
    StatsCounterIncr(&tv->stats, requests);
}
)",
        .good = R"(static StatsCounterId requests; /* the same on each thread */

static void OnThreadInit(ThreadVars *tv, void *user)
{
    requests = StatsRegisterCounter("myplugin.requests", &tv->stats);
}

static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    StatsCounterIncr(&tv->stats, requests);
}
)",
    },
};
static_assert(in_order(kAccessRules, RuleId::access_before_finalize));

}  // namespace

std::span<const Rule> access_rules() { return kAccessRules; }

}  // namespace surisim::catalogue
