/*
 * Files that application-layer parsers extract: only the names of types.
 *
 * Source:  util-file.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_C_HEADERS
#if __has_include_next(<util-file.h>)
#include_next <util-file.h>
#else
#include <util-file.h>
#endif
#endif

#ifndef SURICATA_UTIL_FILE_H
#define SURICATA_UTIL_FILE_H

struct FileContainer_;
struct StreamingBufferConfig_;

typedef struct AppLayerGetFileState {
    struct FileContainer_ *fc;
    const struct StreamingBufferConfig_ *cfg;
} AppLayerGetFileState;

#endif
