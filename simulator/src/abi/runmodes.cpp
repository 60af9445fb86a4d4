// Data that capture plugins refer to. Their functions never run here: the data is there so that the
// plugin loads. Source: runmodes.c, tm-modules.c.
#include <suricata/runmodes.h>
#include <suricata/tm-modules.h>

const char* thread_name_autofp = "RX";
const char* thread_name_single = "W";
const char* thread_name_workers = "W";
const char* thread_name_verdict = "TX";
const char* thread_name_flow_mgr = "FM";
const char* thread_name_flow_rec = "FR";
const char* thread_name_flow_bypass = "FB";
const char* thread_name_unix_socket = "US";
const char* thread_name_detect_loader = "DL";
const char* thread_name_counter_stats = "CS";
const char* thread_name_counter_wakeup = "CW";
const char* thread_name_heartbeat = "HB";

TmModule tmm_modules[TMM_SIZE];
