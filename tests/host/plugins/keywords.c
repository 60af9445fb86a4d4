/* Makes the registrations for detection: a keyword by id, one by description, an alias, a
 * transform, buffers. */
#include "detect-engine-helper.h"
#include "detect-engine-register.h"
#include "detect-parse.h"
#include "flow-storage.h"
#include "suricata-plugin.h"

static int by_id;

static int setup(DetectEngineCtx* de_ctx, Signature* s, const char* option) {
  SigMatch* first = s->init_data->smlists[DETECT_SM_LIST_MATCH];
  SigMatchCtx* data = SCMalloc(sizeof(*data));
  (void)option;
  if (data == NULL || (first != NULL && first->type == by_id && s->init_data->negated)) return -1;
  s->flags |= SIG_FLAG_REQUIRE_PACKET;
  return SCSigMatchAppendSMToList(de_ctx, s, (uint16_t)by_id, data, DETECT_SM_LIST_MATCH) ? 0 : -1;
}

static int match(DetectEngineThreadCtx* det_ctx, Packet* p, const Signature* s,
                 const SigMatchCtx* ctx) {
  SCEnter();
  (void)det_ctx;
  (void)s;
  (void)ctx;
  SCReturnInt(PacketIsIPv4(p) ? IPV4_GET_RAW_IPLEN(PacketGetIPv4(p)) > 100 : 0);
}

static void release(DetectEngineCtx* de_ctx, void* data) {
  (void)de_ctx;
  SCFree(data);
}

static bool get_data(const void* tx, const uint8_t flags, const uint8_t** buf, uint32_t* buf_len) {
  (void)tx;
  (void)flags;
  *buf = NULL;
  *buf_len = 0;
  return false;
}

static void transform(DetectEngineThreadCtx* det_ctx, InspectionBuffer* buffer, const void* c) {
  (void)det_ctx;
  (void)buffer;
  (void)c;
}

/* Runs before storage is finalized: a slot registered here has a valid id (L2). */
static void register_late(void) {
  static const SCSigTableAppLiteElmt keyword = {.name = "host.late",
                                                .desc = "registered late",
                                                .url = "/late",
                                                .flags = SIGMATCH_NOOPT,
                                                .Setup = setup};
  SCDetectHelperKeywordRegister(&keyword);
  SCFlowStorageRegister("late slot", free);
}

static void init(void) {
  static const SCSigTableAppLiteElmt keyword = {
      .name = "host.app", .desc = "by description", .url = "/app", .Setup = setup};
  static const SCTransformTableElmt change = {.name = "host_change",
                                              .desc = "a transform",
                                              .url = "/change",
                                              .Setup = setup,
                                              .Transform = transform};
  by_id = SCDetectHelperNewKeywordId();
  sigmatch_table[by_id].name = "host-id";
  sigmatch_table[by_id].desc = "by id";
  sigmatch_table[by_id].url = "/id";
  sigmatch_table[by_id].Match = match;
  sigmatch_table[by_id].Setup = setup;
  sigmatch_table[by_id].Free = release;
  sigmatch_table[by_id].flags = SIGMATCH_QUOTES_OPTIONAL | SIGMATCH_HANDLE_NEGATION;
  SCDetectHelperKeywordAliasRegister(SCDetectHelperKeywordRegister(&keyword), "host-app");
  SCDetectHelperTransformRegister(&change);
  SCDetectHelperBufferMpmRegister("host.buffer", "a buffer", ALPROTO_DNS, 1, get_data);
  SCDetectHelperBufferProgressRegister("host.buffer", ALPROTO_DNS, 2, 0);
  SCDetectHelperBufferProgressRegister("host.other", ALPROTO_DNS, 2, 0);
  SCSigTablePreRegister(register_late);
}

SCPlugin* SCPluginRegister(void);
SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {.version = 0x0900,
                            .suricata_version = SC_PACKAGE_VERSION,
                            .name = "keywords",
                            .license = "MIT",
                            .author = "A. Tester",
                            .Init = init};
  return &plugin;
}
