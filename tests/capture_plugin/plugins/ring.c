/* A capture plugin that does what its argument says: one of the words below. Its only run mode
 * has one capturing thread, W#01; with "pressure", RX#01 and a worker. It logs its counts when
 * the receiving thread ends. */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "flow-callbacks.h"
#include "packet.h"
#include "runmodes.h"
#include "suricata-plugin.h"
#include "suricata.h"
#include "tm-threads.h"

enum { PACKETS = 100, FRAME = 14 + 20 + 20 + 8 };

static char what[32] = "plain";
static atomic_int asked, taken, begun, released, broken, seen_in_flight;
static bool Asked(const char* word) { return strcmp(what, word) == 0; }

/* A UDP datagram; with "tunnel" inside IP inside IP. */
static uint32_t MakeFrame(uint8_t* frame) {
  const bool tunnel = Asked("tunnel");
  const uint32_t size = tunnel ? FRAME : FRAME - 20;
  uint8_t* ip = frame + 14;
  memset(frame, 0, FRAME);
  frame[12] = 0x08;
  for (int layer = tunnel ? 0 : 1; layer < 2; ++layer, ip += 20) {
    ip[0] = 0x45;
    ip[3] = (uint8_t)(frame + size - ip);
    ip[8] = 64;
    ip[9] = layer == 0 ? IPPROTO_IPIP : IPPROTO_UDP;
    memcpy(ip + 12, "\x0a\0\0\1\x0a\0\0\2", 8);
  }
  ip[1] = 9;
  ip[3] = 10;
  ip[5] = 8;
  return size;
}

static void Release(Packet* p) {
  atomic_fetch_add(&released, 1);
  PacketFreeOrRelease(p);
}

static TmEcode ReceiveInit(ThreadVars* tv, const void* initdata, void** data) {
  return Asked("fail-init") ? TM_ECODE_FAILED : TM_ECODE_OK;
}

static TmEcode PassOn(ThreadVars* tv, TmSlot* next) {
  uint8_t frame[FRAME];
  atomic_fetch_add(&asked, 1);
  PacketPoolWait();
  Packet* const p = PacketGetFromQueueOrAlloc();
  if (p == NULL) return TM_ECODE_FAILED;
  atomic_fetch_add(&taken, 1);
  SCPacketSetSource(p, PKT_SRC_WIRE);
  SCPacketSetDatalink(p, LINKTYPE_ETHERNET);
  SCPacketSetReleasePacket(p, Release);
  const SCTime_t now = {1700000000, 0};
  SCPacketSetTime(p, now);
  if (PacketCopyData(p, frame, MakeFrame(frame)) != 0) return TM_ECODE_FAILED;
  return TmThreadsSlotProcessPkt(tv, next, p);
}

static TmEcode Loop(ThreadVars* tv, void* data, void* slot) {
  TmThreadsSetFlag(tv, THV_RUNNING);
  for (int i = 1; i <= PACKETS; ++i) {
    if (PassOn(tv, ((TmSlot*)slot)->slot_next) != TM_ECODE_OK) return TM_ECODE_FAILED;
    if (i == 10 && Asked("fail-loop")) return TM_ECODE_FAILED;
    if (i == 10 && Asked("sigterm")) {
      kill(getpid(), SIGTERM);
      while (!(__atomic_load_n(&suricata_ctl_flags, __ATOMIC_ACQUIRE) & SURICATA_STOP))
        sched_yield();
      return TM_ECODE_OK;
    }
  }
  if (Asked("done")) return TM_ECODE_DONE;
  EngineStop();
  while (Asked("break") && !atomic_load(&broken)) sched_yield();
  while (Asked("hang")) sched_yield();
  return TM_ECODE_OK;
}

static TmEcode BreakLoop(ThreadVars* tv, void* data) {
  if (atomic_exchange(&broken, 1) == 0 && pthread_self() != tv->t)
    SCLogNotice("asked to break the loop of %s", tv->name);
  return TM_ECODE_OK;
}

static void Stats(ThreadVars* tv, void* data) {
  SCLogNotice("%s: taken %d, released %d, in flight at the first %d", tv->name, atomic_load(&taken),
              atomic_load(&released), atomic_load(&seen_in_flight));
}

static TmEcode ReceiveDeinit(ThreadVars* tv, void* data) {
  SCLogNotice("%s: ThreadDeinit", tv->name);
  return TM_ECODE_OK;
}

static TmEcode DecodeInit(ThreadVars* tv, const void* initdata, void** data) {
  *data = DecodeThreadVarsAlloc(tv);
  return *data == NULL ? TM_ECODE_FAILED : TM_ECODE_OK;
}

static TmEcode Decode(ThreadVars* tv, Packet* p, void* data) {
  DecodeLinkLayer(tv, data, p->datalink, p, GET_PKT_DATA(p), GET_PKT_LEN(p));
  return TM_ECODE_OK;
}

static TmEcode DecodeDeinit(ThreadVars* tv, void* data) {
  DecodeThreadVarsFree(tv, data);
  return TM_ECODE_OK;
}

/* With "pressure" the first packet stays in flight until the pool is empty. */
static void OnUpdate(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  if (atomic_fetch_add(&begun, 1) != 0 || !Asked("pressure")) return;
  const int pool = (int)max_pending_packets;
  while (atomic_load(&asked) <= pool) sched_yield();
  for (int i = 0; i < 1000; ++i) sched_yield();
  atomic_store(&seen_in_flight, atomic_load(&taken));
}

static void Append(ThreadVars* tv, const char* module) {
  TmSlotSetFuncAppend(tv, TmModuleGetByName(module), NULL);
}

static int RunMode(void) {
  const bool by_queue = Asked("pressure");
  ThreadVars* const tv = TmThreadCreatePacketHandler(
      by_queue ? "RX#01" : "W#01", "packetpool", "packetpool", by_queue ? "pickup1" : "packetpool",
      by_queue ? "flow" : "packetpool", "pktacqloop");
  Append(tv, "ReceiveRing");
  Append(tv, "DecodeRing");
  if (!by_queue) Append(tv, "FlowWorker");
  if (TmThreadSpawn(tv) != TM_ECODE_OK) return -1;
  if (!by_queue) return 0;
  ThreadVars* const worker =
      TmThreadCreatePacketHandler("W#01", "pickup1", "flow", "packetpool", "packetpool", "varslot");
  Append(worker, "FlowWorker");
  return TmThreadSpawn(worker) == TM_ECODE_OK ? 0 : -1;
}

static const char* DefaultMode(void) { return "ring"; }

static void InitCapture(const char* args, int plugin_slot, int receive_slot, int decode_slot) {
  SCLogNotice("args %s", args == NULL ? "NULL" : args);
  if (args != NULL) snprintf(what, sizeof what, "%s", args);
  RunModeRegisterNewRunMode((enum SCRunModes)plugin_slot, "ring", "the only one", RunMode, NULL);
  tmm_modules[receive_slot].name = "ReceiveRing";
  tmm_modules[receive_slot].ThreadInit = ReceiveInit;
  tmm_modules[receive_slot].PktAcqLoop = Loop;
  tmm_modules[receive_slot].PktAcqBreakLoop = BreakLoop;
  tmm_modules[receive_slot].ThreadExitPrintStats = Stats;
  tmm_modules[receive_slot].ThreadDeinit = ReceiveDeinit;
  tmm_modules[receive_slot].flags = TM_FLAG_RECEIVE_TM;
  tmm_modules[decode_slot].name = "DecodeRing";
  tmm_modules[decode_slot].ThreadInit = DecodeInit;
  tmm_modules[decode_slot].Func = Decode;
  tmm_modules[decode_slot].ThreadDeinit = DecodeDeinit;
  tmm_modules[decode_slot].flags = TM_FLAG_DECODE_TM;
}

static void Init(void) {
  static char name[] = "ring";
  static SCCapturePlugin capture = {
      .name = name, .Init = InitCapture, .GetDefaultMode = DefaultMode};
  SCPluginRegisterCapture(&capture);
  SCFlowRegisterUpdateCallback(OnUpdate, NULL);
}

SCPlugin* SCPluginRegister(void);
SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {.version = SC_API_VERSION,
                            .suricata_version = SC_PACKAGE_VERSION,
                            .name = "ring",
                            .license = "MIT",
                            .author = "A. Tester",
                            .Init = Init};
  return &plugin;
}
