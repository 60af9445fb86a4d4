/*
 * Files that application-layer parsers extract: types by name only.
 *
 * Source:  util-file.h.
 */
#ifndef SURICATA_UTIL_FILE_H
#define SURICATA_UTIL_FILE_H

struct FileContainer_;
struct StreamingBufferConfig_;

typedef struct AppLayerGetFileState {
    struct FileContainer_ *fc;
    const struct StreamingBufferConfig_ *cfg;
} AppLayerGetFileState;

#endif
