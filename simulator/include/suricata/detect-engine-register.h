/*
 * Keywords of rules: their flags, and when to register them.
 *
 * When:    SCSigTablePreRegister in Init; its callback runs once, after all plugins are loaded and
 *          before storage is finalized (L2).
 * Threads: main.
 * Source:  detect-engine-register.h, detect-engine-register.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<detect-engine-register.h>)
#include_next <detect-engine-register.h>
#else
#include <detect-engine-register.h>
#endif
#endif

#ifndef SURICATA_DETECT_ENGINE_REGISTER_H
#define SURICATA_DETECT_ENGINE_REGISTER_H

#include "suricata-common.h"

SURISIM_C_BEGIN

/* SigTableElmt.flags */
#define SIGMATCH_NOOPT (1UL << 0)
#define SIGMATCH_IPONLY_COMPAT (1UL << 1)
#define SIGMATCH_DEONLY_COMPAT (1UL << 2)
#define SIGMATCH_OPTIONAL_OPT (1UL << 3)
#define SIGMATCH_QUOTES_OPTIONAL (1UL << 4)
#define SIGMATCH_QUOTES_MANDATORY (1UL << 5)
#define SIGMATCH_HANDLE_NEGATION (1UL << 6)
#define SIGMATCH_INFO_CONTENT_MODIFIER (1UL << 7)
#define SIGMATCH_INFO_STICKY_BUFFER (1UL << 8)
#define SIGMATCH_INFO_DEPRECATED (1UL << 9)
#define SIGMATCH_STRICT_PARSING (1UL << 10)
#define SIGMATCH_SUPPORT_FIREWALL (1UL << 11)
#define SIGMATCH_SUPPORT_DIR (1UL << 12)
#define SIGMATCH_INFO_MULTI_BUFFER (1UL << 13)

/* Number of Suricata's keywords with fixed ids: the first id that a plugin gets. */
enum { DETECT_TBLSIZE_STATIC = 233 };

/* Size of sigmatch_table, and the entries in use. */
extern int DETECT_TBLSIZE;
extern int DETECT_TBLSIZE_IDX;

/* Returns 0, or 1 when out of memory. */
int SCSigTablePreRegister(void (*KeywordsRegister)(void));
/* Knows only keywords that plugins have registered. */
bool SCSigTableHasKeyword(const char *keyword);
/* The keyword's strings are from malloc. */
void SCDetectHelperKeywordSetCleanCString(uint16_t id);

SURISIM_C_END

#endif
