/*
 * A host that, like a real Suricata, has the functions of only one version (SURISIM_API_VERSION):
 * opens the plugin for both (plugin.cpp), and simulates three threads and two flows.
 * Usage: one_version PLUGIN.so direct|api quiet|warns
 *   direct  expects that values are finally read without a call; api: with one call for each read
 *   warns   expects that the plugin warns about its threadvars.h; quiet: that it does not
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <suricata/decode.h>
#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>
#include <suricata/flow.h>
#include <suricata/suricata-plugin.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>
#include <suricata/threadvars.h>
#include <suricata/util-debug.h>

#include "results.h"

enum { kSlots = 4, kThreads = 3, kFlows = 2, kPackets = 5 };

static int failures;
#define EXPECT_EQ(actual, expected) \
  expect_eq(#actual, (int64_t)(actual), (int64_t)(expected), __LINE__)
static void expect_eq(const char* what, int64_t actual, int64_t expected, int line) {
  if (actual == expected) return;
  fprintf(stderr, "%s:%d: %s is %" PRId64 "; expected %" PRId64 "\n", __FILE__, line, what, actual,
          expected);
  ++failures;
}

/* The slots of threads and of flows. */
struct Slots {
  int count;
  void (*free_value[kSlots])(void*);
};
static struct Slots thread_slots;
static struct Slots flow_slots;

static int add(struct Slots* slots, void (*Free)(void*)) {
  if (slots->count == kSlots) return -1;
  slots->free_value[slots->count] = Free;
  return slots->count++;
}
static void free_all(const struct Slots* slots, Storage* storage) {
  for (int i = 0; i < slots->count; ++i) {
    if (storage[i].ptr != NULL) slots->free_value[i](storage[i].ptr);
  }
}

static int thread_gets;

/* As in a debug build of Suricata, which alone has this function. */
static int finalized;
#ifdef DEBUG_BUILD
void FilePrintFlags(const void* file);
void FilePrintFlags(const void* file) { (void)file; }
static void check_finalized(void) {
  if (!finalized) abort();
}
#else
static void check_finalized(void) { (void)finalized; }
#endif

#if SURISIM_API_VERSION == 0x0800
/* Without an Alloc 8.0 wants the size of a pointer (E9). */
static int add_80(struct Slots* slots, unsigned size, void* (*Alloc)(unsigned),
                  void (*Free)(void*)) {
  return size == sizeof(void*) && Alloc == NULL ? add(slots, Free) : -1;
}
ThreadStorageId ThreadStorageRegister(const char* name, const unsigned size,
                                      void* (*Alloc)(unsigned), void (*Free)(void*)) {
  (void)name;
  return (ThreadStorageId){add_80(&thread_slots, size, Alloc, Free)};
}
void* ThreadGetStorageById(const ThreadVars* tv, ThreadStorageId id) {
  check_finalized();
  ++thread_gets;
  return tv->storage[id.id].ptr;
}
int ThreadSetStorageById(ThreadVars* tv, ThreadStorageId id, void* ptr) {
  check_finalized();
  tv->storage[id.id].ptr = ptr;
  return 0;
}
FlowStorageId FlowStorageRegister(const char* name, const unsigned size, void* (*Alloc)(unsigned),
                                  void (*Free)(void*)) {
  (void)name;
  return (FlowStorageId){add_80(&flow_slots, size, Alloc, Free)};
}
void* FlowGetStorageById(const Flow* f, FlowStorageId id) { return f->storage[id.id].ptr; }
int FlowSetStorageById(Flow* f, FlowStorageId id, void* ptr) {
  f->storage[id.id].ptr = ptr;
  return 0;
}
void FlowGetLastTimeAsParts(Flow* f, uint64_t* secs, uint64_t* usecs) {
  *secs = f->lastts.secs;
  *usecs = f->lastts.usecs;
}
uint32_t FlowGetFlags(Flow* f) { return f->flags; }
uint16_t FlowGetSourcePort(Flow* f) { return f->sp; }
uint16_t FlowGetDestinationPort(Flow* f) { return f->dp; }
#else
SCThreadStorageId SCThreadStorageRegister(const char* name, void (*Free)(void*)) {
  (void)name;
  return (SCThreadStorageId){add(&thread_slots, Free)};
}
void* SCThreadGetStorageById(const ThreadVars* tv, SCThreadStorageId id) {
  check_finalized();
  ++thread_gets;
  return tv->storage[id.id].ptr;
}
int SCThreadSetStorageById(ThreadVars* tv, SCThreadStorageId id, void* ptr) {
  check_finalized();
  tv->storage[id.id].ptr = ptr;
  return 0;
}
SCFlowStorageId SCFlowStorageRegister(const char* name, void (*Free)(void*)) {
  (void)name;
  return (SCFlowStorageId){add(&flow_slots, Free)};
}
void* SCFlowGetStorageById(const Flow* f, SCFlowStorageId id) { return f->storage[id.id].ptr; }
int SCFlowSetStorageById(Flow* f, SCFlowStorageId id, void* ptr) {
  f->storage[id.id].ptr = ptr;
  return 0;
}
void SCFlowGetLastTimeAsParts(const Flow* f, uint64_t* secs, uint64_t* usecs) {
  *secs = f->lastts.secs;
  *usecs = f->lastts.usecs;
}
uint64_t SCFlowGetFlags(const Flow* f) { return f->flags; }
uint16_t SCFlowGetSourcePort(const Flow* f) { return f->sp; }
uint16_t SCFlowGetDestinationPort(const Flow* f) { return f->dp; }
uint8_t SCFlowGetIPProtocol(const Flow* f) { return f->proto; }
AppProto SCFlowGetAppProtocol(const Flow* f) { return f->alproto; }
const uint8_t* SCFlowGetSourceAddressAsRawPtr(const Flow* f) {
  return f->src.address.address_un_data8;
}
const uint8_t* SCFlowGetDestinationAddressAsRawPtr(const Flow* f) {
  return f->dst.address.address_un_data8;
}
bool SCFlowIsIPv4(const Flow* f) { return FLOW_IS_IPV4(f); }
bool SCFlowIsIPv6(const Flow* f) { return FLOW_IS_IPV6(f); }
uint32_t SCFlowGetToServerPacketCount(const Flow* f) { return f->todstpktcnt; }
uint32_t SCFlowGetToClientPacketCount(const Flow* f) { return f->tosrcpktcnt; }
#endif

/* The functions of both. */
static struct {
  SCThreadInitCallbackFn thread_init;
  SCFlowInitCallbackFn flow_init;
  SCFlowUpdateCallbackFn flow_update;
  SCFlowFinishCallbackFn flow_finish;
  void* user[4];
} callbacks;
bool SCThreadRegisterInitCallback(SCThreadInitCallbackFn fn, void* user) {
  callbacks.thread_init = fn;
  callbacks.user[0] = user;
  return true;
}
bool SCFlowRegisterInitCallback(SCFlowInitCallbackFn fn, void* user) {
  callbacks.flow_init = fn;
  callbacks.user[1] = user;
  return true;
}
bool SCFlowRegisterUpdateCallback(SCFlowUpdateCallbackFn fn, void* user) {
  callbacks.flow_update = fn;
  callbacks.user[2] = user;
  return true;
}
bool SCFlowRegisterFinishCallback(SCFlowFinishCallbackFn fn, void* user) {
  callbacks.flow_finish = fn;
  callbacks.user[3] = user;
  return true;
}
static int warnings;
SCLogLevel SCLogGetLogLevel(void) { return SC_LOG_NOTICE; }
int SCLogMessage(const SCLogLevel level, const char* filename, const unsigned line,
                 const char* function, const char* module, const char* message) {
  (void)filename, (void)line, (void)function, (void)module;
  fprintf(stderr, "%s\n", message);
  EXPECT_EQ(level, SC_LOG_WARNING);
  if (strstr(message, "threadvars.h") != NULL) ++warnings;
  return 0;
}
void SCFatalErrorOnInitStatic(const char* message) {
  (void)message;
  abort();
}

static Flow* new_flow(void) {
  Flow* f = calloc(1, sizeof *f + kSlots * sizeof(void*));
  if (f == NULL) abort();
  f->src.address.address_un_data8[0] = 192;
  f->src.address.address_un_data8[3] = 1;
  f->dst.address.address_un_data8[0] = 198;
  f->dst.address.address_un_data8[3] = 2;
  f->sp = 1234;
  f->dp = 443;
  f->proto = 6;
  f->flags = FLOW_IPV4 | 1;
  f->lastts.secs = 17;
  f->lastts.usecs = 5;
  f->alproto = 4;
  f->todstpktcnt = 7;
  f->tosrcpktcnt = 9;
  return f;
}

static ThreadVars* threads[kThreads];
static Flow* flows[kFlows];

/* Opens and initialises the plugin. NULL: it cannot be opened. */
static BothResultsFn* open_plugin(const char* path, bool warns) {
  void* const library = dlopen(path, RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return NULL;
  }
  SCPluginRegisterFunc entry;
  BothResultsFn* results;
  *(void**)&entry = dlsym(library, "SCPluginRegister");
  *(void**)&results = dlsym(library, "both_results");
  if (entry == NULL || results == NULL) return NULL;
  const SCPlugin* const plugin = entry();
  EXPECT_EQ(plugin->version, SURISIM_API_VERSION);
  EXPECT_EQ(strncmp(plugin->suricata_version, SURISIM_API_VERSION == 0x0800 ? "8.0" : "9.0", 3), 0);
  plugin->Init();
  EXPECT_EQ(thread_slots.count, 1);
  EXPECT_EQ(flow_slots.count, 1);
  EXPECT_EQ(warnings, warns);
  finalized = 1;
  return results;
}

static void play(bool direct) {
  for (int i = 0; i < kThreads; ++i) {
    threads[i] = calloc(1, sizeof **threads + kSlots * sizeof(void*));
    if (threads[i] == NULL) abort();
    callbacks.thread_init(threads[i], callbacks.user[0]);
    EXPECT_EQ(threads[i]->storage[0].ptr != NULL, 1);
  }
  Packet packet;
  memset(&packet, 0, sizeof packet);
  thread_gets = 0;
  for (int i = 0; i < kFlows; ++i) {
    flows[i] = new_flow();
    callbacks.flow_init(threads[i], flows[i], &packet, callbacks.user[1]);
    for (int p = 0; p < kPackets; ++p)
      callbacks.flow_update(threads[i], flows[i], &packet, callbacks.user[2]);
    callbacks.flow_finish(threads[2], flows[i], callbacks.user[3]);
  }
  EXPECT_EQ(thread_gets, direct ? 0 : kFlows * kPackets);
}

static void check(const struct BothResults* results) {
  EXPECT_EQ(results->threads_made, kThreads);
  EXPECT_EQ(results->packets, kFlows * kPackets);
  EXPECT_EQ(results->packets_of_flow, kFlows * kPackets);
  EXPECT_EQ(results->finished, kFlows);
  EXPECT_EQ(results->flows_made, kFlows);
  EXPECT_EQ(results->wrong, 0);
  EXPECT_EQ(results->flags, FLOW_IPV4 | 1);
  EXPECT_EQ(results->last_time, 17000005);
  EXPECT_EQ(results->to_server, 7);
  EXPECT_EQ(results->to_client, 9);
  EXPECT_EQ(results->app_protocol, 4);
  EXPECT_EQ(results->source_port, 1234);
  EXPECT_EQ(results->destination_port, 443);
  EXPECT_EQ(results->ip_protocol, 6);
  EXPECT_EQ(results->is_ipv4, 1);
  EXPECT_EQ(results->is_ipv6, 0);
  EXPECT_EQ(memcmp(results->source, &flows[0]->src, 4), 0);
  EXPECT_EQ(memcmp(results->destination, &flows[0]->dst, 4), 0);
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  BothResultsFn* const results = open_plugin(argv[1], strcmp(argv[3], "warns") == 0);
  if (results == NULL) return 1;
  play(strcmp(argv[2], "direct") == 0);
  check(results());

  for (int i = 0; i < kFlows; ++i) {
    free_all(&flow_slots, flows[i]->storage);
    free(flows[i]);
  }
  for (int i = 0; i < kThreads; ++i) {
    free_all(&thread_slots, threads[i]->storage);
    free(threads[i]);
  }
  EXPECT_EQ(results()->flows_freed, kFlows);
  EXPECT_EQ(results()->threads_freed, kThreads);
  return failures == 0 ? 0 : 1;
}
