/* A capture plugin for a network card with its own driver: devices and their settings from the
 * configuration, Suricata's usual run modes, and a thread that counts. Each device gives 20
 * packets to each of its threads. It logs everything that it finds out. */
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "counters.h"
#include "packet.h"
#include "runmodes.h"
#include "suricata-plugin.h"
#include "suricata.h"
#include "thread-callbacks.h"
#include "tm-threads.h"
#include "util-bpf.h"
#include "util-byte.h"
#include "util-checksum.h"
#include "util-conf.h"
#include "util-cpu.h"
#include "util-device.h"
#include "util-host-info.h"
#include "util-ioctl.h"
#include "util-runmodes.h"

enum { PACKETS = 20, FRAME = 14 + 20 + 8, DEVICES = 4 };

typedef struct {
  char device[32];
  int32_t threads;
  const char* filter;
} Settings;

static Settings settings[DEVICES];
static int known;
static char what[32];
static atomic_int receivers, done;
static bool Asked(const char* word) { return strcmp(what, word) == 0; }

/* A run mode asks for the settings of each device. */
static void* SettingsOf(const char* device) {
  Settings* const mine = &settings[known++ % DEVICES];
  SCConfNode* const list = SCConfGetNode("card");
  SCConfNode* const node = list == NULL ? NULL : ConfFindDeviceConfig(list, device);
  SCConfNode* const fallback = list == NULL ? NULL : ConfFindDeviceConfig(list, "default");
  snprintf(mine->device, sizeof mine->device, "%s", device);
  mine->threads = 1;
  mine->filter = NULL;
  const char* text = NULL;
  if (SCConfGetChildValueWithDefault(node, fallback, "threads", &text) == 1 &&
      StringParseInt32(&mine->threads, 10, 0, text) < 0)
    FatalError("%s: threads: expected a number, got %s", device, text);
  ConfSetBPFFilter(node, fallback, device, &mine->filter);
  if (LiveGetOffload() != 0 && GetIfaceOffloading(device, 0, 1) == 1)
    DisableIfaceOffloading(LiveGetDevice(device), 0, 1);
  SCLogNotice("%s: %d threads, filter %s, offload %d, rss %d, ips %d", device, mine->threads,
              mine->filter == NULL ? "none" : mine->filter, LiveGetOffload(),
              GetIfaceRSSQueuesNum(device), EngineModeIsIPS());
  return mine;
}

/* 16 bits in 9.0, an int in 8.0: the upper bits must not matter. */
#if SURISIM_API_VERSION == 0x0800
static int CountOf(void* config) {
#else
static uint16_t CountOf(void* config) {
#endif
  SCLogNotice("count of %s", ((Settings*)config)->device);
  atomic_fetch_add(&receivers, (uint16_t)((Settings*)config)->threads);
  return ((Settings*)config)->threads;
}

static TmEcode ReceiveInit(ThreadVars* tv, const void* initdata, void** data) {
  *data = (void*)initdata;
  return SCKernelVersionIsAtLeast(2, 6) && !SCKernelVersionIsAtLeast(9999, 0) ? TM_ECODE_OK
                                                                              : TM_ECODE_FAILED;
}

static TmEcode Loop(ThreadVars* tv, void* data, void* slot) {
  LiveDevice* const device = LiveGetDevice(((Settings*)data)->device);
  uint8_t frame[FRAME] = {
      [12] = 0x08, [14] = 0x45, [17] = FRAME - 14, [22] = 64, [23] = IPPROTO_UDP};
  memcpy(frame + 26, "\x0a\0\0\1\x0a\0\0\2", 8);
  frame[35] = 9;
  frame[37] = 10;
  frame[39] = 8;
  TmThreadsSetFlag(tv, THV_RUNNING);
  Packet* const unused = Asked("idle") ? PacketGetFromQueueOrAlloc() : NULL;
  if (unused != NULL) tv->tmqh_out(tv, unused);
  for (int i = 0; i < PACKETS; ++i) {
    PacketPoolWait();
    Packet* const p = PacketGetFromQueueOrAlloc();
    if (p == NULL) return TM_ECODE_FAILED;
    SCPacketSetSource(p, PKT_SRC_WIRE);
    SCPacketSetDatalink(p, LINKTYPE_ETHERNET);
    const SCTime_t now = {1700000000, 0};
    SCPacketSetTime(p, now);
    if (device != NULL) LiveDevicePktsAdd(device, 1);
    if (PacketCopyData(p, frame, FRAME) != 0 ||
        TmThreadsSlotProcessPkt(tv, ((TmSlot*)slot)->slot_next, p) != TM_ECODE_OK)
      return TM_ECODE_FAILED;
  }
  if (device != NULL && LiveDeviceInvalidChecksumsGet(device) != 0) return TM_ECODE_FAILED;
  SCLogNotice("%s: captured from %s, as %s on %s", tv->name, ((Settings*)data)->device,
              tv->printable_name == NULL ? "none" : tv->printable_name,
              tv->iface_name == NULL ? "none" : tv->iface_name);
  if (atomic_fetch_add(&done, 1) + 1 >= atomic_load(&receivers)) EngineStop();
  return TM_ECODE_DONE;
}

static TmEcode BreakLoop(ThreadVars* tv, void* data) { return TM_ECODE_OK; }

static TmEcode DecodeInit(ThreadVars* tv, const void* initdata, void** data) {
  *data = DecodeThreadVarsAlloc(tv);
  return *data == NULL ? TM_ECODE_FAILED : TM_ECODE_OK;
}

static TmEcode Decode(ThreadVars* tv, Packet* p, void* data) {
  DecodeEthernet(tv, data, p, GET_PKT_DATA(p), GET_PKT_LEN(p));
  return TM_ECODE_OK;
}

static TmEcode DecodeDeinit(ThreadVars* tv, void* data) {
  DecodeThreadVarsFree(tv, data);
  return TM_ECODE_OK;
}

/* The counting thread registers its counters itself. */
static void* Count(void* argument) {
  ThreadVars* const tv = argument;
#if SURISIM_API_VERSION == 0x0800
  const uint16_t looked = StatsRegisterCounter("card.looked", tv);
  StatsSetupPrivate(tv);
#else
  const StatsCounterId looked = StatsRegisterCounter("card.looked", &tv->stats);
  StatsSetupPrivate(&tv->stats, tv->name);
#endif
  TmThreadsSetFlag(tv, THV_INIT_DONE | THV_RUNNING);
#if SURISIM_API_VERSION == 0x0800
  StatsIncr(tv, looked);
  StatsSyncCounters(tv);
#else
  StatsCounterIncr(&tv->stats, looked);
  StatsSyncCounters(&tv->stats);
#endif
  while (!TmThreadsCheckFlag(tv, THV_KILL)) sched_yield();
  SCLogNotice("%s: id %d, type %d, counted", tv->name, tv->id, tv->type);
  if (Asked("open")) return NULL;
  TmThreadsSetFlag(tv, THV_RUNNING_DONE);
  TmThreadWaitForFlag(tv, THV_DEINIT);
  TmThreadsSetFlag(tv, THV_CLOSED);
  return NULL;
}

static void StartCounting(void) {
  if (!Asked("count") && !Asked("open")) return;
  ThreadVars* const tv = TmThreadCreate("CardStats", NULL, NULL, NULL, NULL, "custom", Count, 0);
  if (tv == NULL || TmThreadSpawn(tv) != TM_ECODE_OK) FatalError("CardStats was not started");
}

static const char* OnlyDevice(void) {
  const char* device = NULL;
  return SCConfGet("card-device", &device) == 1 ? device : NULL;
}

static int RunSingle(void) {
  atomic_store(&receivers, 1);
  return RunModeSetLiveCaptureSingle(SettingsOf, CountOf, "ReceiveCard", "DecodeCard",
                                     thread_name_single, OnlyDevice());
}

static int RunWorkers(void) {
  StartCounting();
  return RunModeSetLiveCaptureWorkers(SettingsOf, CountOf, "ReceiveCard", "DecodeCard",
                                      thread_name_workers, OnlyDevice());
}

static int RunAutoFp(void) {
  return RunModeSetLiveCaptureAutoFp(SettingsOf, CountOf, "ReceiveCard", "DecodeCard",
                                     thread_name_autofp, OnlyDevice());
}

static const char* DefaultMode(void) { return "workers"; }

static void InitCapture(const char* args, int plugin_slot, int receive_slot, int decode_slot) {
  const enum SCRunModes mode = (enum SCRunModes)plugin_slot;
  if (args != NULL) snprintf(what, sizeof what, "%s", args);
  LiveDeviceHasNoStats();
  const int named = LiveBuildDeviceList("card");
  SCLogNotice("%d devices named, %d made", named, LiveGetDeviceCount());
  SCLogNotice("more than one in ten: %d %d %d", ChecksumAutoModeCheck(1000, 1000, 101),
              ChecksumAutoModeCheck(1000, 1000, 100), ChecksumAutoModeCheck(999, 1000, 500));
  SCLogNotice("processors: %d",
              UtilCpuGetNumProcessorsOnline() > 0 &&
                  UtilCpuGetNumProcessorsConfigured() >= UtilCpuGetNumProcessorsOnline());
  RunModeRegisterNewRunMode(mode, "single", "one thread", RunSingle, NULL);
  RunModeRegisterNewRunMode(mode, "workers", "threads that do everything", RunWorkers, NULL);
  RunModeRegisterNewRunMode(mode, "autofp", "one captures, others handle", RunAutoFp, NULL);
  TmModule* const receive = &tmm_modules[receive_slot];
  receive->name = "ReceiveCard";
  receive->ThreadInit = ReceiveInit;
  receive->PktAcqLoop = Loop;
  receive->PktAcqBreakLoop = BreakLoop;
  receive->flags = TM_FLAG_RECEIVE_TM;
  TmModule* const decode = &tmm_modules[decode_slot];
  decode->name = "DecodeCard";
  decode->ThreadInit = DecodeInit;
  decode->Func = Decode;
  decode->ThreadDeinit = DecodeDeinit;
  decode->flags = TM_FLAG_DECODE_TM;
}

static void OnThreadInit(ThreadVars* tv, void* user) { SCLogNotice("thread init %s", tv->name); }

static void Init(void) {
  static char name[] = "card";
  static SCCapturePlugin capture = {
      .name = name, .Init = InitCapture, .GetDefaultMode = DefaultMode};
  SCPluginRegisterCapture(&capture);
  SCThreadRegisterInitCallback(OnThreadInit, NULL);
}

SCPlugin* SCPluginRegister(void);
SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {.version = SC_API_VERSION,
                            .suricata_version = SC_PACKAGE_VERSION,
                            .name = "card",
                            .plugin_version = "1.0.0",
                            .license = "MIT",
                            .author = "the surisim authors",
                            .Init = Init};
  return &plugin;
}
