/*
 * The probe: a plugin that records when Suricata calls it, as JSON lines (docs/evidence.md). It
 * runs in a real Suricata and in surisim; `surisim compare` compares the two.
 *
 * It registers two thread slots, one flow slot, two thread init callbacks that each set a thread
 * slot, and the flow callbacks. surisim-probe-8.0.so is for 8.0, surisim-probe-9.0.so for 9.0.
 *
 * When:    from its Init until the process ends.
 * Owner:   a Value belongs to the slot that it is set in; the slot's Free frees it.
 * Threads: any. There is no lock: a line is one write() to a file opened with O_APPEND, and `seq`,
 *          taken before, says which came first.
 * Source:  threadvars.h: the fields that are read come before any that a build option could move.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conf.h"
#include "flow-callbacks.h"
#include "flow-storage.h"
#include "suricata-plugin.h"
#include "thread-callbacks.h"
#include "thread-storage.h"
#include "threadvars.h"
#include "util-debug.h"

#if SURISIM_API_VERSION == 0x0800
/* The names and arguments of 8.0. */
#define SURICATA "8.0"
#define SCThreadStorageId ThreadStorageId
#define SCThreadStorageRegister(name, free) ThreadStorageRegister(name, sizeof(void*), NULL, free)
#define SCThreadSetStorageById ThreadSetStorageById
#define SCFlowStorageId FlowStorageId
#define SCFlowStorageRegister(name, free) FlowStorageRegister(name, sizeof(void*), NULL, free)
#define SCFlowSetStorageById FlowSetStorageById
#define SCFlowGetStorageById FlowGetStorageById
#else
#define SURICATA "9.0"
#endif

enum { kName = 16, kLongestLine = 1024, kMostFlows = 1000 };

/* What the slots hold. */
typedef struct {
  const char* slot;
  char thread[kName];  /* of a thread's value: the thread's name */
  char made_on[kName]; /* the OS thread that set it */
  char last[kName];    /* of a flow's value: the thread of its last update */
  uint64_t flow;       /* the flow's number, from 1 in the order in which flows appear */
  bool finished;
} Value;

static int file = -1;
static atomic_bool broken; /* writing to the file has failed */
static atomic_uint_fast64_t lines;
static atomic_uint_fast64_t flows;
static uint64_t most_flows = kMostFlows;

static SCThreadStorageId slot_a;
static SCThreadStorageId slot_b;
static SCFlowStorageId flow_slot;

/* `from` as a name in JSON: at most 15 characters, none of which needs an escape. */
static void CopyName(char to[kName], const char* from) {
  int i = 0;
  for (; i < kName - 1 && from[i] != '\0'; ++i) {
    const unsigned char c = (unsigned char)from[i];
    to[i] = c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '.' : (char)c;
  }
  to[i] = '\0';
}

/* The current OS thread: "main" for the process's first thread, else its name. */
static void NameOfThread(char to[kName], long tid) {
  char name[kName] = "main";
  if (tid != getpid()) {
    if (pthread_getname_np(pthread_self(), name, sizeof name) != 0) name[0] = '\0';
  }
  CopyName(to, name);
}

/* Writes a line: seq, os, tid, ev and what `format` makes, which begins with a comma or is empty.
 */
__attribute__((format(printf, 2, 3))) static void Write(const char* event, const char* format,
                                                        ...) {
  if (file < 0 || atomic_load_explicit(&broken, memory_order_relaxed)) return;
  const int error = errno; /* Suricata's errno */
  char line[kLongestLine];
  char os[kName];
  const long tid = syscall(SYS_gettid);
  NameOfThread(os, tid);
  const uint64_t seq = atomic_fetch_add(&lines, 1) + 1;
  int length = snprintf(line, sizeof line, "{\"seq\":%llu,\"os\":\"%s\",\"tid\":%ld,\"ev\":\"%s\"",
                        (unsigned long long)seq, os, tid, event);
  va_list arguments;
  va_start(arguments, format);
  length += vsnprintf(line + length, sizeof line - (size_t)length - 2, format, arguments);
  va_end(arguments);
  line[length++] = '}';
  line[length++] = '\n';
  ssize_t written = -1;
  do {
    written = write(file, line, (size_t)length);
  } while (written < 0 && errno == EINTR);
  if (written != length && !atomic_exchange(&broken, true)) {
    SCLogError("surisim-probe: the recording stops: %s",
               written < 0 ? strerror(errno) : "disk full");
  }
  errno = error;
}

/* The ThreadVars as JSON; "" if the thread has none. */
static const char* Describe(char to[160], const ThreadVars* tv) {
  static const char* const kFlags[] = {
      "",          "INIT_DONE",      "PAUSE",  "PAUSED",       "KILL",
      "FAILED",    "CLOSED",         "DEINIT", "RUNNING_DONE", "REQ_FLOW_LOOP",
      "FLOW_LOOP", "CAPTURE_INJECT", "DEAD",   "RUNNING"};
  to[0] = '\0';
  if (tv == NULL) return to;
  char name[kName];
  CopyName(name, tv->name);
  int length = snprintf(to, 160, ",\"tv\":{\"name\":\"%s\",\"type\":%d,\"id\":%d,\"flags\":\"",
                        name, tv->type, tv->id);
  const uint32_t flags = __atomic_load_n(&tv->flags, __ATOMIC_RELAXED);
  bool first = true;
  for (uint32_t bit = 1; bit < sizeof kFlags / sizeof kFlags[0]; ++bit) {
    if ((flags & (1U << bit)) == 0) continue;
    const int more =
        snprintf(to + length, (size_t)(158 - length), "%s%s", first ? "" : "|", kFlags[bit]);
    if (more >= 158 - length) break;
    length += more;
    first = false;
  }
  (void)snprintf(to + length, (size_t)(160 - length), "\"}");
  return to;
}

static Value* NewValue(const char* slot) {
  Value* value = calloc(1, sizeof *value);
  if (value == NULL) return NULL;
  value->slot = slot;
  NameOfThread(value->made_on, syscall(SYS_gettid));
  return value;
}

static void OnThreadInit(ThreadVars* tv, int position, SCThreadStorageId id, const char* slot) {
  char thread[160];
  Write("plugin.thread_init_cb", "%s,\"position\":%d", Describe(thread, tv), position);
  Value* value = NewValue(slot);
  if (value == NULL) return;
  CopyName(value->thread, tv->name);
  const int result = SCThreadSetStorageById(tv, id, value);
  Write("plugin.thread_storage.set", "%s,\"slot\":\"%s\",\"ret\":%d", thread, slot, result);
  if (result != 0) free(value);
}

static void OnThreadInitA(ThreadVars* tv, void* user) {
  (void)user;
  OnThreadInit(tv, 1, slot_a, "surisim_probe_a");
}

static void OnThreadInitB(ThreadVars* tv, void* user) {
  (void)user;
  OnThreadInit(tv, 2, slot_b, "surisim_probe_b");
}

static void FreeOfThread(void* pointer) {
  Value* value = pointer;
  Write("plugin.thread_storage.Free", ",\"slot\":\"%s\",\"value_of\":\"%s\",\"made_on\":\"%s\"",
        value->slot, value->thread, value->made_on);
  free(value);
}

static void FreeOfFlow(void* pointer) {
  Value* value = pointer;
  Write("plugin.flow_storage.Free", ",\"slot\":\"%s\",\"made_on\":\"%s\",\"flow_number\":%llu",
        value->slot, value->made_on, (unsigned long long)value->flow);
  free(value);
}

/* The first `most_flows` flows are recorded; the others are counted. */
static void OnFlowInit(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)p;
  (void)user;
  const uint64_t number = atomic_fetch_add(&flows, 1) + 1;
  if (number > most_flows) return;
  Value* value = NewValue("surisim_probe");
  if (value == NULL) return;
  value->flow = number;
  char thread[160];
  Write("plugin.flow_init", "%s,\"flow_number\":%llu", Describe(thread, tv),
        (unsigned long long)number);
  if (SCFlowSetStorageById(f, flow_slot, value) != 0) free(value);
}

/* Several updates on the same thread, one after the other, are one line. */
static void OnFlowUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)p;
  (void)user;
  Value* value = SCFlowGetStorageById(f, flow_slot);
  if (value == NULL) return;
  char os[kName];
  NameOfThread(os, syscall(SYS_gettid));
  if (!value->finished && strcmp(os, value->last) == 0) return;
  memcpy(value->last, os, sizeof os);
  char thread[160];
  Write("plugin.flow_update", "%s,\"flow_number\":%llu", Describe(thread, tv),
        (unsigned long long)value->flow);
}

static void OnFlowFinish(ThreadVars* tv, Flow* f, void* user) {
  (void)user;
  Value* value = SCFlowGetStorageById(f, flow_slot);
  if (value == NULL) return;
  value->finished = true;
  char thread[160];
  Write("plugin.flow_finish", "%s,\"flow_number\":%llu", Describe(thread, tv),
        (unsigned long long)value->flow);
}

/* From the environment, or else from the node surisim-probe of suricata.yaml. NULL: not given. */
static const char* Setting(const char* variable, const char* node) {
  const char* value = getenv(variable);
  if (value != NULL && value[0] != '\0') return value;
  value = NULL;
  return SCConfGet(node, &value) == 1 ? value : NULL;
}

static void Open(void) {
  const char* const limit = Setting("SURISIM_PROBE_FLOWS", "surisim-probe.flows");
  if (limit != NULL) {
    char* end = NULL;
    const unsigned long long number = strtoull(limit, &end, 10);
    if (end != limit && *end == '\0') {
      most_flows = number;
    } else {
      SCLogError("surisim-probe: flows: expected a number, got \"%s\"; %d are recorded", limit,
                 (int)kMostFlows);
    }
  }
  const char* const name = Setting("SURISIM_PROBE_OUTPUT", "surisim-probe.output");
  if (name == NULL) {
    SCLogError(
        "surisim-probe: nothing is recorded: expected a file in SURISIM_PROBE_OUTPUT, or in "
        "surisim-probe.output of the configuration");
    return;
  }
  file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
  if (file < 0) {
    SCLogError("surisim-probe: nothing is recorded: cannot open %s: %s", name, strerror(errno));
  }
}

static void WriteSlot(const char* type, const char* name, int id) {
  Write("SCStorageRegister", ",\"stype\":\"%s\",\"name\":\"%s\",\"ret\":%d", type, name, id);
}

static void WriteCallback(bool accepted) {
  Write("SCThreadRegisterInitCallback", ",\"ret\":%s", accepted ? "true" : "false");
}

static void Init(void) {
  Open();
  Write("plugin.Init.enter", ",\"plugin\":\"surisim-probe\",\"suricata\":\"%s\"", SURICATA);
  slot_a = SCThreadStorageRegister("surisim_probe_a", FreeOfThread);
  WriteSlot("thread", "surisim_probe_a", slot_a.id);
  slot_b = SCThreadStorageRegister("surisim_probe_b", FreeOfThread);
  WriteSlot("thread", "surisim_probe_b", slot_b.id);
  flow_slot = SCFlowStorageRegister("surisim_probe", FreeOfFlow);
  WriteSlot("flow", "surisim_probe", flow_slot.id);
  if (slot_a.id >= 0 && slot_b.id >= 0 && flow_slot.id >= 0) {
    WriteCallback(SCThreadRegisterInitCallback(OnThreadInitA, NULL));
    WriteCallback(SCThreadRegisterInitCallback(OnThreadInitB, NULL));
    SCFlowRegisterInitCallback(OnFlowInit, NULL);
    SCFlowRegisterUpdateCallback(OnFlowUpdate, NULL);
    SCFlowRegisterFinishCallback(OnFlowFinish, NULL);
  }
  Write("plugin.Init.exit", ",\"plugin\":\"surisim-probe\"");
}

__attribute__((destructor)) static void End(void) {
  const uint64_t seen = atomic_load(&flows);
  Write("plugin.destructor", ",\"left_out\":%llu",
        (unsigned long long)(seen > most_flows ? seen - most_flows : 0));
}

static SCPlugin plugin = {
    .version = SC_API_VERSION,
    .suricata_version = SC_PACKAGE_VERSION,
    .name = "surisim-probe",
    .plugin_version = "1.0.0",
    .license = "MIT",
    .author = "the surisim authors",
    .Init = Init,
};

SCPlugin* SCPluginRegister(void);

SCPlugin* SCPluginRegister(void) { return &plugin; }
