/* Ends the process once, in the way named by the setting die.how and at the place named by
 * die.where: a callback by its name, a constructor ("open"), a function of its EVE file type
 * ("filetype_init"), a destructor ("close"), or an exit handler ("atexit"). If several threads
 * could do it, W#02 does. */
#include "die.h"

#include <string.h>

#include "conf.h"
#include "output-eve.h"
#include "output.h"
#include "plugin.h"
#include "threadvars.h"
#include "util-debug.h"

static char how[64] = "";
static char where[64] = "";
static int died;
static SCThreadStorageId slot;

static void here(const char* place) {
  if (strcmp(place, where) != 0 || __atomic_exchange_n(&died, 1, __ATOMIC_SEQ_CST) != 0) return;
  SCLogMessage(SC_LOG_NOTICE, __FILE__, __LINE__, __func__, "die", "now");
  if (strcmp(how, "null-handle") == 0)
    SCThreadGetStorageById(NULL, slot);
  else
    die(how);
}

static void on_w2(const char* place, const ThreadVars* tv) {
  if (strncmp(tv->name, "W#02", 4) == 0) here(place);
}

static void on_thread_init(ThreadVars* tv, void* user) {
  (void)user;
  SCThreadSetStorageById(tv, slot, malloc(1));
  on_w2("thread_init", tv);
}
static void on_flow_init(ThreadVars* tv, Flow* f, const Packet* p, void* user) {
  (void)f;
  (void)p;
  (void)user;
  on_w2("flow_init", tv);
}
static void on_flow_update(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  (void)f;
  (void)p;
  (void)user;
  SCThreadGetStorageById(tv, slot);
  on_w2("flow_update", tv);
}
static void on_flow_finish(ThreadVars* tv, Flow* f, void* user) {
  (void)tv;
  (void)f;
  (void)user;
  here("flow_finish");
}
static void on_eve(ThreadVars* tv, const Packet* p, Flow* f, SCJsonBuilder* jb, void* user) {
  (void)tv;
  (void)p;
  (void)f;
  (void)jb;
  (void)user;
  here("eve");
}
static int log_packet(ThreadVars* tv, void* data, const Packet* p) {
  (void)data;
  (void)p;
  on_w2("packet_logger", tv);
  return 0;
}
static bool wants_packet(ThreadVars* tv, void* data, const Packet* p) {
  (void)tv;
  (void)data;
  (void)p;
  return true;
}
static int log_flow(ThreadVars* tv, void* data, Flow* f) {
  (void)tv;
  (void)data;
  (void)f;
  here("flow_logger");
  return 0;
}
static TmEcode no_init(ThreadVars* tv, const void* initdata, void** data) {
  (void)tv;
  (void)initdata;
  *data = NULL;
  return TM_ECODE_OK;
}
static TmEcode no_deinit(ThreadVars* tv, void* data) {
  (void)tv;
  (void)data;
  return TM_ECODE_OK;
}
static void on_logging_ready(void* user) {
  (void)user;
  here("logging_ready");
}
static int filetype_init(const SCConfNode* conf, const bool threaded, void** data) {
  (void)conf;
  (void)threaded;
  (void)data;
  here("filetype_init");
  return 0;
}
static int filetype_thread_init(const void* data, const ThreadId id, void** thread_data) {
  (void)data;
  (void)id;
  (void)thread_data;
  here("filetype_thread_init");
  return 0;
}
static int filetype_write(const char* text, const int length, const void* data, void* thread_data) {
  (void)text;
  (void)length;
  (void)data;
  (void)thread_data;
  return 0;
}
static void filetype_deinit(void* data) { (void)data; }
static SCEveFileType filetype = {.name = "die",
                                 .Init = filetype_init,
                                 .ThreadInit = filetype_thread_init,
                                 .Write = filetype_write,
                                 .Deinit = filetype_deinit};

static void on_free(void* value) {
  free(value);
  here("free");
}
static void at_the_exit(void) { here("atexit"); }

__attribute__((constructor)) static void opened(void) {
  const char* text = NULL;
  if (SCConfGet("die.how", &text) == 1) strncpy(how, text, sizeof how - 1);
  if (SCConfGet("die.where", &text) == 1) strncpy(where, text, sizeof where - 1);
  here("open");
}
__attribute__((destructor)) static void closed(void) { here("close"); }

static void init(void) {
  SCThreadStorageRegister("die", NULL); /* refused, which is reported */
  slot = SCThreadStorageRegister("die", on_free);
  SCThreadRegisterInitCallback(on_thread_init, NULL);
  SCFlowRegisterInitCallback(on_flow_init, NULL);
  SCFlowRegisterUpdateCallback(on_flow_update, NULL);
  SCFlowRegisterFinishCallback(on_flow_finish, NULL);
  if (strcmp(where, "eve") == 0) SCEveRegisterCallback(on_eve, NULL);
  if (strncmp(where, "filetype", 8) == 0) SCRegisterEveFileType(&filetype);
  if (strcmp(where, "logging_ready") == 0) SCRegisterOnLoggingReady(on_logging_ready, NULL);
  if (strcmp(where, "packet_logger") == 0)
    SCOutputRegisterPacketLogger(0, "die", log_packet, wants_packet, NULL, no_init, no_deinit);
  if (strcmp(where, "flow_logger") == 0)
    SCOutputRegisterFlowLogger("die", log_flow, NULL, no_init, no_deinit);
  if (strcmp(where, "atexit") == 0) atexit(at_the_exit);
  here("init");
}

EXPORT SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {.version = SURISIM_TEST_API_VERSION,
                            .suricata_version = SC_PACKAGE_VERSION,
                            .name = "die",
                            .plugin_version = "1.2.3",
                            .license = "MIT",
                            .author = "A. Tester <a@example.org>",
                            .Init = init};
  here("register");
  return &plugin;
}
