/*
 * Logging.
 *
 * When:    at any time. Messages above the global level are dropped before they are formatted.
 * Owner:   strings are only read during the call.
 * Threads: any thread.
 * Source:  util-debug.c. SCLogErr takes no error number at this version.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<util-debug.h>)
#include_next <util-debug.h>
#else
#include <util-debug.h>
#endif
#endif

#ifndef SURICATA_UTIL_DEBUG_H
#define SURICATA_UTIL_DEBUG_H

#include "surisim_common.h"
#include "util-mem.h"

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

/* Returns 0. Each output drops messages above its own level; here there is one output, at the
 * global level. [any thread] */
int SCLogMessage(const SCLogLevel level, const char *filename, const unsigned int line,
                 const char *function, const char *module, const char *message);
SCLogLevel SCLogGetLogLevel(void);
/* "Notice", "Error", …; NULL for a value that is not a level. */
const char *SCLogLevel2Name(const SCLogLevel level);
/* Dropped if `level` is above the global level. [any thread] */
void SCLog(int level, const char *file, const char *func, const int line, const char *module,
           const char *fmt, ...) ATTR_FMT_PRINTF(6, 7);
void SCLogErr(int level, const char *file, const char *func, const int line, const char *module,
              const char *fmt, ...) ATTR_FMT_PRINTF(6, 7);
/* Whether debug messages are logged: 1 only if the global level is SC_LOG_DEBUG. In Suricata, 0
 * unless it was built with DEBUG. */
int SCLogDebugEnabled(void);

/* The module that a message comes from: the source file, or the build's name for it. */
#ifndef __SCFILENAME__
#define __SCFILENAME__ __BASE_FILE__
#endif
static const char *_sc_module __attribute__((unused)) = __SCFILENAME__;

#define SCLogInfo(...) SCLog(SC_LOG_INFO, __FILE__, __func__, __LINE__, _sc_module, __VA_ARGS__)
#define SCLogConfig(...) SCLog(SC_LOG_CONFIG, __FILE__, __func__, __LINE__, _sc_module, __VA_ARGS__)
#define SCLogPerf(...) SCLog(SC_LOG_PERF, __FILE__, __func__, __LINE__, _sc_module, __VA_ARGS__)
#define SCLogNotice(...) SCLog(SC_LOG_NOTICE, __FILE__, __func__, __LINE__, _sc_module, __VA_ARGS__)
#define SCLogWarning(...) \
    SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, _sc_module, __VA_ARGS__)
#define SCLogError(...) \
    SCLogErr(SC_LOG_ERROR, __FILE__, __func__, __LINE__, _sc_module, __VA_ARGS__)

/* No effect, as in a release build, unless the plugin is built with -DDEBUG. */
#ifdef DEBUG
#define SCLogDebug(...) SCLog(SC_LOG_DEBUG, __FILE__, __func__, __LINE__, _sc_module, __VA_ARGS__)
#else
#define SCLogDebug(...) \
    do {                \
    } while (0)
#endif
#define SCEnter(...)
#define SCReturn return
#define SCReturnInt(x) return x
#define SCReturnUInt(x) return x
#define SCReturnDbl(x) return x
#define SCReturnChar(x) return x
#define SCReturnCharPtr(x) return x
#define SCReturnCT(x, type) return x
#define SCReturnPtr(x, type) return x
#define SCReturnBool(x) return x
#define SCReturnStruct(x) return x

/* Ends the process, as in Suricata; this is the violation process-exit. */
#define FatalError(...)          \
    do {                         \
        SCLogError(__VA_ARGS__); \
        exit(EXIT_FAILURE);      \
    } while (0)

#define BOOL2STR(b) (b) ? "true" : "false"

/* If the engine is starting and engine.init-failure-fatal is set, Suricata ends with status 1; here
 * the call is the violation process-exit, and returns. Otherwise it logs a warning in both. */
void SCFatalErrorOnInitStatic(const char *);

SURISIM_C_END

#endif
