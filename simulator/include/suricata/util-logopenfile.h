/*
 * What records are written to: a file, or a plugin's file type.
 *
 * Source:  util-logopenfile.h. The struct is the host's, and its fields are not modelled.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<util-logopenfile.h>)
#include_next <util-logopenfile.h>
#else
#include <util-logopenfile.h>
#endif
#endif

#ifndef SURICATA_UTIL_LOGOPENFILE_H
#define SURICATA_UTIL_LOGOPENFILE_H

#include "output-eve.h"

enum LogFileType {
    LOGFILE_TYPE_FILE,
    LOGFILE_TYPE_UNIX_DGRAM,
    LOGFILE_TYPE_UNIX_STREAM,
    LOGFILE_TYPE_REDIS,
    LOGFILE_TYPE_FILETYPE,
    LOGFILE_TYPE_NOTSET
};

typedef struct LogFileCtx_ LogFileCtx;

#endif
