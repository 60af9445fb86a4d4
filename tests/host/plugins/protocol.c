/* Registers an application-layer protocol, like an SCAppLayerPlugin, and a capture. */
#include "app-layer-register.h"
#include "detect-engine-helper.h"
#include "output-eve.h"
#include "runmodes.h"
#include "suricata-plugin.h"
#include "suricata.h"
#include "thread-storage.h"
#include "tm-modules.h"
#include "util-print.h"

static AppProto probe(const Flow* f, uint8_t flags, const uint8_t* input, uint32_t input_len,
                      uint8_t* rdir) {
  (void)f;
  (void)flags;
  (void)input;
  (void)input_len;
  (void)rdir;
  return ALPROTO_UNKNOWN;
}

static AppLayerResult parse(Flow* f, void* state, AppLayerParserState* pstate, StreamSlice slice,
                            void* local) {
  const AppLayerResult all = {0, slice.input_len, 0};
  (void)f;
  (void)state;
  (void)pstate;
  (void)local;
  return all;
}

static void register_parser(void) {
  static const AppLayerProtocolDetect detect = {.name = "hostproto",
                                                .default_port = "[4242]",
                                                .ip_proto = IPPROTO_TCP,
                                                .ProbeTS = probe,
                                                .min_depth = 0,
                                                .max_depth = 16};
  static const AppLayerParser parser = {.name = "hostproto",
                                        .default_port = "[4242]",
                                        .ip_proto = IPPROTO_TCP,
                                        .ParseTS = parse,
                                        .ParseTC = parse,
                                        .complete_ts = 1,
                                        .complete_tc = 1};
  AppProto protocol;
  if (SCAppLayerProtoDetectConfProtoDetectionEnabled("tcp", "hostproto") == 0) return;
  SCAppLayerProtoDetectPMRegisterPatternCS(IPPROTO_TCP, StringToAppProto("hostproto"), "HOST", 4, 0,
                                           1);
  protocol = SCAppLayerRegisterProtocolDetection(&detect, 1);
  if (SCAppLayerParserConfParserEnabled("tcp", "hostproto") != 0)
    SCAppLayerRegisterParser(&parser, protocol);
  SCAppLayerParserRegisterLogger(IPPROTO_TCP, protocol);
  SCThreadStorageRegister("protocol slot", free);
}

static void register_keywords(void) {
  static const SCSigTableAppLiteElmt keyword = {.name = "hostproto.word", .url = "/word"};
  SCDetectHelperKeywordRegister(&keyword);
}

static bool log_tx(const void* tx, void* jb) {
  (void)tx;
  return SCJbSetString(jb, "host", "proto");
}

static void capture_init(const char* args, int plugin_slot, int receive_slot, int decode_slot) {
  (void)args;
  (void)plugin_slot;
  tmm_modules[receive_slot].name = "ReceiveHost";
  tmm_modules[decode_slot].name = thread_name_single;
  abort(); /* captures are never called */
}

static void init(void) {
  static SCAppLayerPlugin protocol = {.name = "hostproto",
                                      .Register = register_parser,
                                      .KeywordsRegister = register_keywords,
                                      .logname = "JsonHostLog",
                                      .confname = "eve-log.hostproto",
                                      .dir = LOG_DIR_PACKET,
                                      .Logger = log_tx};
  static SCCapturePlugin capture = {.name = (char*)"host-capture", .Init = capture_init};
  if (suricata_ctl_flags & SURICATA_STOP) abort();
  if (SCPluginRegisterAppLayer(&protocol) != 0) FatalError("%s was refused", protocol.name);
  SCPluginRegisterCapture(&capture);
}

SCPlugin* SCPluginRegister(void);
SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {.version = 0x0900,
                            .suricata_version = SC_PACKAGE_VERSION,
                            .name = "protocol",
                            .license = "MIT",
                            .author = "A. Tester",
                            .Init = init};
  return &plugin;
}
