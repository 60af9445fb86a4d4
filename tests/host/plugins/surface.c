/* Uses something from each header that the other plugins do not use, with no other includes:
 * loggers, an EVE file type that reads its configuration, memory, addresses, functions that are
 * not modelled. */
#include "output-eve.h"
#include "output.h"
#include "suricata-plugin.h"
#include "util-print.h"

/* Not modelled: declared here as in Suricata's headers. */
bool SCRequiresFeature(const char* feature);

typedef struct Target {
  bool loud;
  uint64_t lines;
} Target;

static int open_target(const SCConfNode* conf, const bool threaded, void** data) {
  int loud = 0;
  Target* const target = SCCalloc(1, sizeof(*target));
  if (target == NULL) return -1;
  SCConfGetChildValueBool(SCConfNodeLookupChild(conf, "surface"), "loud", &loud);
  target->loud = loud != 0;
  SCLogNotice("target opened, loud %d, threaded %d", loud, threaded);
  *data = target;
  return 0;
}

static int write_line(const char* line, const int length, const void* data, void* thread_data) {
  const Target* const target = data;
  (void)thread_data;
  if (target->loud && strlen(line) != (size_t)length) return -1;
  return 0;
}

static void close_target(void* data) { SCFree(data); }

static int log_flow(ThreadVars* tv, void* thread_data, Flow* f) {
  char from[46] = "";
  (void)tv;
  (void)thread_data;
  PrintInet(SCFlowIsIPv4(f) ? AF_INET : AF_INET6, SCFlowGetSourceAddressAsRawPtr(f), from,
            sizeof(from));
  SCLogInfo("flow of %s:%u", from, SCFlowGetSourcePort(f));
  return unlikely(from[0] == '\0') ? -1 : 0;
}

static int log_tx(ThreadVars* tv, void* thread_data, const Packet* p, Flow* f, void* state,
                  void* tx, uint64_t tx_id) {
  (void)tv;
  (void)thread_data;
  (void)p;
  (void)f;
  (void)state;
  (void)tx;
  (void)tx_id;
  return 0;
}

static TmEcode begin(ThreadVars* tv, const void* initdata, void** data) {
  (void)tv;
  (void)initdata;
  *data = SCStrdup("thread data");
  return *data == NULL ? TM_ECODE_FAILED : TM_ECODE_OK;
}

static TmEcode end(ThreadVars* tv, void* data) {
  (void)tv;
  SCFree(data);
  return TM_ECODE_OK;
}

static void on_ready(void* arg) {
  SCOutputRegisterFlowLogger("surface", log_flow, arg, begin, end);
  SCOutputRegisterTxLogger(LOGGER_USER, "surface", ALPROTO_DNS, log_tx, NULL, -1, -1, NULL, begin,
                           end);
}

static void init(void) {
  static SCEveFileType type = {
      .name = "surface", .Init = open_target, .Write = write_line, .Deinit = close_target};
  SCRegisterOnLoggingReady(on_ready, NULL);
  SCRegisterEveFileType(&type);
  if (SCRequiresFeature("lua")) FatalError("there is no Lua here");
}

SCPlugin* SCPluginRegister(void);
SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {.version = 0x0900,
                            .suricata_version = SC_PACKAGE_VERSION,
                            .name = "surface",
                            .license = "MIT",
                            .author = "A. Tester",
                            .Init = init};
  return &plugin;
}
