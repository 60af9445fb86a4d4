// Rules about values: who owns them, and that each is freed once.
#include "rules/tables.hpp"

namespace surisim::catalogue {
namespace {

constexpr Rule kValueRules[] = {
    {
        .rule = RuleId::value_overwritten,
        .id = "value-overwritten",
        .severity = Severity::error,
        .summary = "set a slot that still held a value, without freeing that value",
        .meaning =
            "The slot held a value, the plugin set another one, and the first had not been freed "
            "when the callback returned. The callback is checked as a whole: swapping the values "
            "and freeing the old one is fine, and so is taking a value out and putting it back.",
        .consequence = "Set does not free the value that it replaces: it leaks, each time.",
        .fix = "Get first and set only if the slot is empty, or call SCThreadFreeStorageById or "
               "SCFlowFreeStorageById before you set.",
        .facts = "L20, L33",
        .detected_in = "simulator/src/check/leaks.cpp",
        .bad = R"(static void OnFlowUpdate(ThreadVars *tv, Flow *f, Packet *p, void *user)
{
    SCFlowSetStorageById(f, flow_slot, calloc(1, sizeof(State))); /* for each packet */
}
)",
        .good = R"(static void OnFlowUpdate(ThreadVars *tv, Flow *f, Packet *p, void *user)
{
    if (SCFlowGetStorageById(f, flow_slot) == NULL)
        SCFlowSetStorageById(f, flow_slot, calloc(1, sizeof(State)));
}
)",
    },
    {
        .rule = RuleId::value_shared,
        .id = "value-shared",
        .severity = Severity::error,
        .summary = "put one pointer into two slots, threads or flows, and freed it for each",
        .meaning = "Suricata calls Free once for every slot that holds a value. This pointer was "
                   "passed to a Free again after its memory had been freed. A reference count that "
                   "lets only the last Free release the memory is correct; so is a Free that does "
                   "nothing, for static memory.",
        .consequence = "Double free.",
        .fix = "Give each slot its own value, or count references in the shared one.",
        .facts = "L21, L25",
        .detected_in = "simulator/src/check/slots.cpp",
        .bad = R"(static State *shared;

static void OnThreadInit(ThreadVars *tv, void *user)
{
    if (shared == NULL)
        shared = calloc(1, sizeof(State));
    SCThreadSetStorageById(tv, slot, shared); /* FreeState runs once for each thread */
}
)",
        .good = R"(static void OnThreadInit(ThreadVars *tv, void *user)
{
    SCThreadSetStorageById(tv, slot, calloc(1, sizeof(State)));
}
)",
    },
    {
        .rule = RuleId::value_leaked,
        .id = "value-leaked",
        .severity = Severity::error,
        .summary = "took a value out of its slot and never freed it, or kept it forever",
        .meaning =
            "The plugin emptied the slot by setting it to NULL, or its Free kept the memory, and "
            "the memory was never freed. If other flows free such memory in their finish callback, "
            "it is finish-relied-on. A Free that leaves static memory alone is fine.",
        .consequence = "A leak, for each thread or each flow.",
        .fix = "Empty a slot with SCThreadFreeStorageById or SCFlowFreeStorageById, which call its "
               "Free; code that sets NULL must free the value itself.",
        .facts = "L20, L21",
        .detected_in = "simulator/src/check/leaks.cpp",
        .bad = R"(static void OnFlowUpdate(ThreadVars *tv, Flow *f, Packet *p, void *user)
{
    State *state = SCFlowGetStorageById(f, flow_slot);
    if (state != NULL && ++state->flows == 10)
        SCFlowSetStorageById(f, flow_slot, NULL); /* and the memory? */
}
)",
        .good = R"(static void OnFlowUpdate(ThreadVars *tv, Flow *f, Packet *p, void *user)
{
    State *state = SCFlowGetStorageById(f, flow_slot);
    if (state != NULL && ++state->flows == 10)
        SCFlowFreeStorageById(f, flow_slot);
}
)",
    },
    {
        .rule = RuleId::value_freed_in_place,
        .id = "value-freed-in-place",
        .severity = Severity::error,
        .summary = "freed a value itself but left it in its slot",
        .meaning = "The plugin freed the memory, and the slot still held the pointer when the "
                   "callback returned.",
        .consequence = "Suricata calls Free on it later: double free. Until then, get returns a "
                       "pointer to freed memory.",
        .fix =
            "Call SCThreadFreeStorageById or SCFlowFreeStorageById: they free the value and empty "
            "the slot. Or set NULL after you have freed it.",
        .facts = "L21, L25",
        .detected_in = "simulator/src/check/slots.cpp",
        .bad = R"(static void OnFlowFinish(ThreadVars *tv, Flow *f, void *user)
{
    free(SCFlowGetStorageById(f, flow_slot)); /* the slot's Free frees it again */
}
)",
        .good = R"(static void OnFlowFinish(ThreadVars *tv, Flow *f, void *user)
{
    SCFlowFreeStorageById(f, flow_slot);
}
)",
    },
    {
        .rule = RuleId::value_command_thread,
        .id = "value-command-thread",
        .severity = Severity::note,
        .summary = "holds a value on a command thread, which Suricata never frees",
        .meaning =
            "Thread init callbacks run for command threads (US, DL#01) too. A value that is set "
            "there stays until the process ends. For most plugins this is not worth a line of "
            "code, but it can be avoided.",
        .consequence =
            "One value leaks at exit, for each command thread; Free is not called on it.",
        .fix =
            "Accept it; or create the value when it is first needed, as command threads handle no "
            "packets and no flows; or leave out threads by their names, US and DL#01, which the "
            "thread init callback can see (L6). After either change --fail-on note passes.",
        .facts = "L8, L27",
        .detected_in = "simulator/src/check/leaks.cpp",
        .bad = R"(static void OnThreadInit(ThreadVars *tv, void *user)
{
    SCThreadSetStorageById(tv, slot, calloc(1, sizeof(State))); /* on US too */
}
)",
        .good = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    State *state = SCThreadGetStorageById(tv, slot);
    if (state == NULL) {
        state = calloc(1, sizeof(State));
        SCThreadSetStorageById(tv, slot, state);
    }
    if (state != NULL)
        state->flows++;
}
)",
    },
    {
        .rule = RuleId::slot_unset,
        .id = "slot-unset",
        .severity = Severity::warning,
        .summary = "read its own thread slot before it is set, or on a thread that never sets it",
        .meaning = "The plugin sets this thread slot somewhere, but it was read earlier, or on a "
                   "thread that never sets it; typically in flow finish, which runs on a recycler "
                   "(FR#01). Testing for NULL does not help: whatever was to be counted there is "
                   "lost. To get a value, and create and set it if it is NULL, is fine within one "
                   "callback. A slot that is never set is slot-unused.",
        .consequence = "Get returns NULL: a crash, or state that is silently lost.",
        .fix = "Set the value in the thread init callback, which runs for every thread, or create "
               "it wherever it is missing.",
        .facts = "L8, L31",
        .detected_in = "simulator/src/check/slots.cpp",
        .bad = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    if (SCThreadGetStorageById(tv, slot) == NULL)
        SCThreadSetStorageById(tv, slot, calloc(1, sizeof(State))); /* on workers only */
}

static void OnFlowFinish(ThreadVars *tv, Flow *f, void *user)
{
    State *state = SCThreadGetStorageById(tv, slot); /* NULL on the recycler */
    if (state != NULL)
        state->flows++;
}
)",
        .good = R"(static void OnThreadInit(ThreadVars *tv, void *user)
{
    SCThreadSetStorageById(tv, slot, calloc(1, sizeof(State))); /* on every thread */
}

static void OnFlowFinish(ThreadVars *tv, Flow *f, void *user)
{
    State *state = SCThreadGetStorageById(tv, slot);
    if (state != NULL)
        state->flows++;
}
)",
    },
    {
        .rule = RuleId::slot_unused,
        .id = "slot-unused",
        .severity = Severity::note,
        .summary = "registered a slot and never set it",
        .meaning = "In the whole run no value was set in this slot, on any thread or in any flow. "
                   "It may be meant for traffic that this run did not have.",
        .consequence = "A dead slot: eight bytes in every ThreadVars or Flow.",
        .fix = "Use it, do not register it, or run traffic that needs it.",
        .facts = "L23",
        .detected_in = "simulator/src/check/slots.cpp",
        .bad = R"(static void Init(void)
{
    slot = SCThreadStorageRegister("myplugin", FreeState); /* and that is all */
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
        .rule = RuleId::free_reentrant,
        .id = "free-reentrant",
        .severity = Severity::error,
        .summary = "called storage or registration functions from inside a Free",
        .meaning = "A Free runs in the middle of Suricata's own clean-up. It called a function "
                   "that gets, sets, frees or registers. If the storage had been freed by then, "
                   "access-after-free is reported as well.",
        .consequence =
            "Use after free, because the storage is being torn down; thread values are freed with "
            "the lock of the thread list held, and code that needs that lock deadlocks.",
        .fix = "Free only the value and what it owns.",
        .facts = "L25, L34",
        .detected_in = "simulator/src/check/access.cpp",
        .bad = R"(typedef struct Session {
    ThreadVars *tv;
} Session;

static void FreeSession(void *value)
{
    Session *session = value;
    SCThreadFreeStorageById(session->tv, slot);
    free(session);
}
)",
        .good = R"(typedef struct Session {
    State *state; /* its own */
} Session;

static void FreeSession(void *value)
{
    Session *session = value;
    free(session->state);
    free(session);
}
)",
    },
    {
        .rule = RuleId::free_throws,
        .id = "free-throws",
        .severity = Severity::error,
        .summary = "let a C++ exception out of a Free",
        .meaning = "An exception left the Free of a slot.",
        .consequence =
            "Suricata is C and catches nothing: std::terminate ends the engine in the middle of "
            "its shutdown, or of traffic.",
        .fix =
            "Declare it noexcept and catch everything inside. ThreadStorage<T> of the C++ wrappers "
            "does that.",
        .detected_in = "simulator/src/abi/callbacks.cpp",
        .language = "cpp",
        .bad = R"(#include <stdexcept>

static void Flush(const State&) { throw std::runtime_error("disk full"); }

static void FreeCounters(void *value)
{
  State *state = static_cast<State *>(value);
  Flush(*state);
  delete state;
}
)",
        .good = R"(#include <exception>
#include <memory>
#include <stdexcept>

static void Flush(const State&) { throw std::runtime_error("disk full"); }

static void FreeCounters(void *value) noexcept
{
  const std::unique_ptr<State> state(static_cast<State *>(value));
  try {
    Flush(*state);
  } catch (const std::exception& error) {
    SCLogError("myplugin: %s", error.what());
  }
}
)",
    },
    {
        .rule = RuleId::finish_relied_on,
        .id = "finish-relied-on",
        .severity = Severity::error,
        .summary = "freed per-flow state only in the finish callback",
        .meaning = "Memory that the plugin allocated for flows was freed in the finish callback of "
                   "some flows, or put into a pool there, but never for flows that got no finish "
                   "callback. Memory that no flow frees is value-leaked.",
        .consequence =
            "Many flows get no finish callback: those that a worker finds timed out, TCP reuse, "
            "TCP with data at time-out. Their state leaks, for as long as the engine runs.",
        .fix = "Keep the state in flow storage. The slot's Free runs at the end of every flow.",
        .facts = "L32, L33",
        .detected_in = "simulator/src/check/leaks.cpp",
        .bad = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    SCFlowSetStorageById(f, flow_slot, calloc(1, sizeof(State))); /* its Free does nothing */
}

static void OnFlowFinish(ThreadVars *tv, Flow *f, void *user)
{
    free(SCFlowGetStorageById(f, flow_slot)); /* not for every flow */
    SCFlowSetStorageById(f, flow_slot, NULL);
}
)",
        .good = R"(static void OnFlowInit(ThreadVars *tv, Flow *f, const Packet *p, void *user)
{
    SCFlowSetStorageById(f, flow_slot, calloc(1, sizeof(State)));
}

static void Init(void)
{
    flow_slot = SCFlowStorageRegister("myplugin", FreeState); /* frees every flow's */
    SCFlowRegisterInitCallback(OnFlowInit, NULL);
}
)",
    },
    {
        .rule = RuleId::value_used_after_free,
        .id = "value-used-after-free",
        .severity = Severity::error,
        .summary = "kept a pointer to a value and wrote through it after the value was freed",
        .meaning =
            "The memory of freed values is kept for a while, filled with the byte 0xf5, and these "
            "bytes had changed by the end of the run. The place is where the value was freed; what "
            "wrote to it is unknown. Other memory that a Free releases is checked too. A plugin "
            "that reads a pointer from there crashes, and callback-crash says that the memory "
            "belonged to a freed value.",
        .consequence = "Use after free: in Suricata the memory has been reused, and is corrupted.",
        .fix = "Get the value from its slot each time. A flow's value is gone after its Free, a "
               "thread's after the thread was joined, and flows may be freed even later. What must "
               "live longer needs a reference count.",
        .facts = "L25, L33, L34",
        .detected_in = "simulator/src/check/leaks.cpp",
        .bad = R"(typedef struct Session {
    State *worker; /* the value of the worker's thread slot */
} Session;

static void FreeSession(void *value)
{
    Session *session = value;
    session->worker->flows++; /* at shutdown the worker's value is freed first */
    free(session);
}
)",
        .good = R"(static _Atomic unsigned long ended;

typedef struct Session {
    State *state; /* its own */
} Session;

static void FreeSession(void *value)
{
    Session *session = value;
    ended++;
    free(session->state);
    free(session);
}
)",
    },
};
static_assert(in_order(kValueRules, RuleId::value_overwritten));

}  // namespace

std::span<const Rule> value_rules() { return kValueRules; }

}  // namespace surisim::catalogue
