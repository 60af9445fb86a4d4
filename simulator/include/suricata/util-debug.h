/*
 * Logging.
 *
 * When:    at any time. Messages above the global level are dropped before they are formatted.
 * Owner:   strings are only read during the call.
 * Threads: any thread.
 * Source:  util-debug.c. SCLogErr takes no error number at this version.
 */
#ifndef SURICATA_UTIL_DEBUG_H
#define SURICATA_UTIL_DEBUG_H

#include "suricata-common.h"

SURISIM_C_BEGIN

typedef enum {
    SC_LOG_NOTSET = -1,
    SC_LOG_NONE = 0,
    SC_LOG_ERROR,
    SC_LOG_WARNING,
    SC_LOG_NOTICE,
    SC_LOG_INFO,
    SC_LOG_PERF,
    SC_LOG_CONFIG,
    SC_LOG_DEBUG,
    SC_LOG_LEVEL_MAX,
} SCLogLevel;

#if defined(__GNUC__)
#define SURISIM_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define SURISIM_PRINTF(f, a)
#endif

/* Returns 0. Writes the message whatever the global level is, as the real one does. [any thread] */
int SCLogMessage(const SCLogLevel level, const char *filename, const unsigned int line,
                 const char *function, const char *module, const char *message);
SCLogLevel SCLogGetLogLevel(void);
/* "Notice", "Error", …; NULL for a value that is no level. */
const char *SCLogLevel2Name(const SCLogLevel level);
/* Dropped when `level` is above the global level. [any thread] */
void SCLog(int level, const char *file, const char *func, const int line, const char *module,
           const char *fmt, ...) SURISIM_PRINTF(6, 7);
void SCLogErr(int level, const char *file, const char *func, const int line, const char *module,
              const char *fmt, ...) SURISIM_PRINTF(6, 7);
/* 0: a release build never debugs. */
int SCLogDebugEnabled(void);

#define SCLogNotice(...) SCLog(SC_LOG_NOTICE, __FILE__, __func__, __LINE__, "plugin", __VA_ARGS__)
#define SCLogInfo(...) SCLog(SC_LOG_INFO, __FILE__, __func__, __LINE__, "plugin", __VA_ARGS__)
#define SCLogConfig(...) SCLog(SC_LOG_CONFIG, __FILE__, __func__, __LINE__, "plugin", __VA_ARGS__)
#define SCLogPerf(...) SCLog(SC_LOG_PERF, __FILE__, __func__, __LINE__, "plugin", __VA_ARGS__)
#define SCLogWarning(...) \
    SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "plugin", __VA_ARGS__)
#define SCLogError(...) SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, "plugin", __VA_ARGS__)

SURISIM_C_END

#endif
