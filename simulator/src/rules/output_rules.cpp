// Rules about EVE, file types and loggers.
#include "rules/tables.hpp"

namespace surisim::catalogue {
namespace {

constexpr Rule kOutputRules[] = {
    {
        .rule = RuleId::eve_record_unbalanced,
        .id = "eve-record-unbalanced",
        .severity = Severity::error,
        .summary = "left an object or array of an EVE record open, or closed one too many",
        .meaning =
            "An EVE callback returned with more or fewer open levels in the record's JSON builder "
            "than it had found. The record is written as it is. A level that could not be opened, "
            "because SCJbOpenObject returned false, does not count.",
        .consequence =
            "Suricata closes one level, and does not look at the others. With a level open the "
            "line lacks a brace, and no reader can parse it; with one closed too many the record "
            "ends there, and what other plugins add to it is lost or makes the line invalid.",
        .fix = "Call SCJbClose once for each SCJbOpenObject and SCJbOpenArray, on every way out of "
               "the callback. If a step fails halfway, go back to a mark (SCJbGetMark, "
               "SCJbRestoreMark).",
        .facts = "L33",
        .detected_in = "simulator/src/abi/output_registrations.cpp",
        .bad = R"(#include "output-eve.h"
#include "rust.h"

static void OnEve(ThreadVars *tv, const Packet *p, Flow *f, SCJsonBuilder *jb, void *user)
{
    SCJbOpenObject(jb, "myplugin");
    SCJbSetUint(jb, "seen", 1);
    if (f == NULL)
        return; /* the object stays open */
    SCJbClose(jb);
}

static void Init(void)
{
    SCEveRegisterCallback(OnEve, NULL);
}
)",
        .good = R"(#include "output-eve.h"
#include "rust.h"

static void OnEve(ThreadVars *tv, const Packet *p, Flow *f, SCJsonBuilder *jb, void *user)
{
    if (f == NULL)
        return;
    SCJbOpenObject(jb, "myplugin");
    SCJbSetUint(jb, "seen", 1);
    SCJbClose(jb);
}

static void Init(void)
{
    SCEveRegisterCallback(OnEve, NULL);
}
)",
    },
    {
        .rule = RuleId::logger_foreign_data,
        .id = "logger-foreign-data",
        .severity = Severity::error,
        .summary = "left a logger without thread data, so that it gets another logger's",
        .meaning =
            "A logger's ThreadInit returned something other than TM_ECODE_OK, or is NULL, and "
            "another logger of its kind comes after it. Suricata's own loggers count too, so with "
            "EVE on there nearly always is one. Here the logger runs with the data of the next "
            "logger if that is a plugin's; it is not called with the data of one of Suricata's own "
            "loggers.",
        .consequence =
            "Suricata keeps the data of all loggers in a list, and gives the first element to the "
            "first logger, whichever logger has made it. The engine starts. This logger and all "
            "later ones take the next logger's data for their own, which usually crashes at the "
            "first packet or flow; the last logger never runs.",
        .fix = "Return TM_ECODE_OK from every ThreadInit, with NULL or with data that says what is "
               "missing, and let the logger test for it.",
        .facts = "T15",
        .detected_in = "simulator/src/outputs/loggers.cpp",
        .bad = R"(#include "output.h"

static TmEcode OpenFile(ThreadVars *tv, const void *initdata, void **data)
{
    *data = fopen("/nonexistent/flows.csv", "a");
    return *data == NULL ? TM_ECODE_FAILED : TM_ECODE_OK;
}

static int Log(ThreadVars *tv, void *data, Flow *f)
{
    return fputs("flow\n", data) < 0 ? -1 : 0; /* which is EVE's data */
}

static TmEcode CloseFile(ThreadVars *tv, void *data)
{
    fclose(data);
    return TM_ECODE_OK;
}

static void Init(void)
{
    SCOutputRegisterFlowLogger("myplugin", Log, NULL, OpenFile, CloseFile);
}
)",
        .good = R"(#include "output.h"

static TmEcode OpenFile(ThreadVars *tv, const void *initdata, void **data)
{
    *data = fopen("/nonexistent/flows.csv", "a");
    if (*data == NULL)
        SCLogError("myplugin: no file, flows are not logged");
    return TM_ECODE_OK; /* with NULL */
}

static int Log(ThreadVars *tv, void *data, Flow *f)
{
    return data == NULL || fputs("flow\n", data) >= 0 ? 0 : -1;
}

static TmEcode CloseFile(ThreadVars *tv, void *data)
{
    if (data != NULL)
        fclose(data);
    return TM_ECODE_OK;
}

static void Init(void)
{
    SCOutputRegisterFlowLogger("myplugin", Log, NULL, OpenFile, CloseFile);
}
)",
    },
    {
        .rule = RuleId::output_changed,
        .id = "output-changed",
        .severity = Severity::error,
        .summary = "changed or lost a file type, or a logger's name, after registering it",
        .meaning =
            "Suricata keeps pointers, not copies: to the SCEveFileType and its name, and to the "
            "names of loggers and sub-modules. The memory behind a pointer no longer holds what "
            "was registered: it was on the stack, was freed, or has been written to. Here the file "
            "type is used as it was registered. For a logger's name it is a warning: Suricata only "
            "prints it.",
        .consequence =
            "Suricata compares names when outputs are set up, and calls the functions in the "
            "struct for as long as it runs: it does not find the file type and refuses to start, "
            "calls another function, or crashes.",
        .fix = "Make the struct and the names static, and leave them as they are.",
        .facts = "L17, E50",
        .detected_in = "simulator/src/check/slots.cpp",
        .bad = R"(#include "output-eve.h"

static int Open(const SCConfNode *conf, const bool threaded, void **data)
{
    return 0;
}

static int Write(const char *line, const int length, const void *data, void *thread_data)
{
    return 0;
}

static void Close(void *data)
{
}

static void Init(void)
{
    SCEveFileType type = { .name = "myplugin", .Init = Open, .Write = Write, .Deinit = Close };
    SCRegisterEveFileType(&type); /* `type` is gone after Init */
}
)",
        .good = R"(#include "output-eve.h"

static int Open(const SCConfNode *conf, const bool threaded, void **data)
{
    return 0;
}

static int Write(const char *line, const int length, const void *data, void *thread_data)
{
    return 0;
}

static void Close(void *data)
{
}

static void Init(void)
{
    static SCEveFileType type = {
        .name = "myplugin", .Init = Open, .Write = Write, .Deinit = Close };
    SCRegisterEveFileType(&type);
}
)",
    },
    {
        .rule = RuleId::output_lost,
        .id = "output-lost",
        .severity = Severity::error,
        .summary = "did not join the thread that writes its output",
        .meaning =
            "A function of a file type (Init, ThreadInit or Write) or of a logger started a "
            "thread that was never joined, and still ran when the file type's Deinit had returned, "
            "or at the end of the run. A detached thread counts too. Threads that were started "
            "elsewhere are not reported, but only counted. Not detected under a sanitizer.",
        .consequence =
            "Suricata's process ends soon after the last Deinit, and the thread with it: the "
            "records that wait in its queue are lost, without a message. Until then it uses what "
            "Deinit may have freed.",
        .fix = "In Deinit (for a logger: in ThreadDeinit) tell the thread to write what is left "
               "and to end, and join it.",
        .detected_in = "simulator/src/abi/plugin_threads.cpp",
        .bad = R"(#include "output-eve.h"
#include <unistd.h>

static pthread_t writer;

static void *WriteLines(void *unused)
{
    for (;;)
        pause(); /* until there are lines */
    return unused;
}

static int Open(const SCConfNode *conf, const bool threaded, void **data)
{
    return pthread_create(&writer, NULL, WriteLines, NULL) == 0 ? 0 : -1;
}

static int Write(const char *line, const int length, const void *data, void *thread_data)
{
    return 0; /* the line is put into the thread's queue */
}

static void Close(void *data)
{
}

static void Init(void)
{
    static SCEveFileType type = {
        .name = "myplugin", .Init = Open, .Write = Write, .Deinit = Close };
    SCRegisterEveFileType(&type);
}
)",
        .good = R"(#include "output-eve.h"

static pthread_t writer;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int ends;

static void *WriteLines(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!ends)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return unused; /* what is left has been written */
}

static int Open(const SCConfNode *conf, const bool threaded, void **data)
{
    return pthread_create(&writer, NULL, WriteLines, NULL) == 0 ? 0 : -1;
}

static int Write(const char *line, const int length, const void *data, void *thread_data)
{
    return 0;
}

static void Close(void *data)
{
    pthread_mutex_lock(&lock);
    ends = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(writer, NULL);
}

static void Init(void)
{
    static SCEveFileType type = {
        .name = "myplugin", .Init = Open, .Write = Write, .Deinit = Close };
    SCRegisterEveFileType(&type);
}
)",
    },
};
static_assert(in_order(kOutputRules, RuleId::eve_record_unbalanced));

}  // namespace

std::span<const Rule> output_rules() { return kOutputRules; }

}  // namespace surisim::catalogue
