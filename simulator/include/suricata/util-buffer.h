/*
 * Growable buffers of text.
 *
 * When:    at any time.
 * Owner:   whoever created the buffer.
 * Threads: one at a time.
 * Source:  util-buffer.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-buffer.h>)
#include_next <util-buffer.h>
#else
#include <util-buffer.h>
#endif
#endif

#ifndef SURICATA_UTIL_BUFFER_H
#define SURICATA_UTIL_BUFFER_H

#include "suricata-common.h"

SURISIM_C_BEGIN

typedef struct MemBuffer_ {
    uint32_t size;
    uint32_t offset;  /* of the text's end */
    uint8_t buffer[]; /* ends with a NUL */
} MemBuffer;

#define MEMBUFFER_BUFFER(mem_buffer) ((mem_buffer)->buffer)
#define MEMBUFFER_OFFSET(mem_buffer) ((mem_buffer)->offset)
#define MEMBUFFER_SIZE(mem_buffer) ((mem_buffer)->size)

/* NULL: out of memory, or more than 10 MiB. */
MemBuffer *MemBufferCreateNew(uint32_t size);
/* By `expand_by`, rounded up to 4 KiB. 0; or -1, and the buffer is as before: out of memory, or it
 * would have more than 10 MiB. */
int MemBufferExpand(MemBuffer **buffer, uint32_t expand_by);
void MemBufferFree(MemBuffer *buffer);
/* Appends as many of the bytes as there is room for, and a NUL; returns how many. */
uint32_t MemBufferWriteRaw(MemBuffer *dst, const uint8_t *raw, const uint32_t raw_len);

static inline void MemBufferReset(MemBuffer *buffer) {
    buffer->buffer[0] = 0;
    buffer->offset = 0;
}

SURISIM_C_END

#endif
