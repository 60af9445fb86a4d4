// Asserts the offsets that C plugins rely on when they access fields directly: those of the default
// Linux build of 9.0.0-dev on x86-64. A change here is a change of the ABI.
#include <suricata/decode.h>
#include <suricata/flow-storage.h>
#include <suricata/flow.h>
#include <suricata/suricata-plugin.h>
#include <suricata/thread-storage.h>
#include <suricata/threadvars.h>
#include <suricata/util-debug.h>

#include <cstddef>

static_assert(sizeof(SCPlugin) == 56);
static_assert(sizeof(Storage) == 8);
static_assert(sizeof(SCThreadStorageId) == 4 && sizeof(SCFlowStorageId) == 4);
static_assert(STORAGE_HOST == 0 && STORAGE_FLOW == 1 && STORAGE_IPPAIR == 2 &&
              STORAGE_DEVICE == 3 && STORAGE_THREAD == 4);
static_assert(SC_LOG_NOTSET == -1 && SC_LOG_ERROR == 1 && SC_LOG_NOTICE == 3 &&
              SC_LOG_DEBUG == 8 - 1);

static_assert(sizeof(ThreadVars) == 264);
static_assert(offsetof(ThreadVars, t) == 0);
static_assert(offsetof(ThreadVars, tm_func) == 8);
static_assert(offsetof(ThreadVars, name) == 16);
static_assert(offsetof(ThreadVars, printable_name) == 32);
static_assert(offsetof(ThreadVars, type) == 41);
static_assert(offsetof(ThreadVars, id) == 52);
static_assert(offsetof(ThreadVars, flags) == 72);
static_assert(offsetof(ThreadVars, tm_slots) == 80);
static_assert(offsetof(ThreadVars, stream_pq) == 144);
static_assert(offsetof(ThreadVars, next) == 216);
static_assert(offsetof(ThreadVars, flow_queue) == 240);
static_assert(offsetof(ThreadVars, iface_name) == 256);
static_assert(offsetof(ThreadVars, storage) == 264);

static_assert(sizeof(Flow) == 272);
static_assert(offsetof(Flow, src) == 0);
static_assert(offsetof(Flow, dst) == 16);
static_assert(offsetof(Flow, sp) == 32);
static_assert(offsetof(Flow, dp) == 36);
static_assert(offsetof(Flow, proto) == 38);
static_assert(offsetof(Flow, flow_hash) == 52);
static_assert(offsetof(Flow, flags) == 72);
static_assert(offsetof(Flow, lastts) == 88);
static_assert(offsetof(Flow, alproto) == 170);
static_assert(offsetof(Flow, startts) == 240);
static_assert(offsetof(Flow, todstpktcnt) == 248);
static_assert(offsetof(Flow, tosrcpktcnt) == 252);
static_assert(offsetof(Flow, todstbytecnt) == 256);
static_assert(offsetof(Flow, storage) == 272);

static_assert(sizeof(Packet) == 520);
static_assert(offsetof(Packet, src) == 0);
static_assert(offsetof(Packet, proto) == 44);
static_assert(offsetof(Packet, flowflags) == 53);
static_assert(offsetof(Packet, flags) == 60);
static_assert(offsetof(Packet, flow) == 64);
static_assert(offsetof(Packet, ts) == 80);
static_assert(offsetof(Packet, l3) == 192);
