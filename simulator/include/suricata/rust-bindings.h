/*
 * The part of Suricata's Rust library that C plugins call: the JSON builder, and durations as text.
 *
 * A builder has a text and a stack of open objects and arrays. A function that returns bool returns
 * false if it does not fit the innermost one (a key in an array, an element in an object, a close
 * with nothing open), for a key or C string that is not UTF-8, for bytes that are NULL or empty,
 * and out of memory. A call that does not fit leaves the text unchanged; out of memory the text may
 * end in the middle of a member.
 *
 * When:    at any time; for an EVE callback's builder, during the callback.
 * Owner:   the caller of SCJbNew... and SCJbClone, who must call SCJbFree. Keys, strings
 *          and bytes are copied.
 * Threads: any; a builder is for one thread at a time.
 * Source:  jsonbuilder.rs. If a builder, key, mark or second builder is NULL, Suricata crashes;
 *          here the function returns false, 0 or NULL, or does nothing.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<rust.h>) /* needed by the generated header */
#include_next <rust.h>
#else
#include <rust.h>
#endif
#if __has_include_next(<rust-bindings.h>)
#include_next <rust-bindings.h>
#elif __has_include(<rust-bindings.h>) && !__has_include(<surisim_c.h>)
#include <rust-bindings.h>
#endif
#endif

#ifndef __RUST_BINDINGS_GEN_H_
#define __RUST_BINDINGS_GEN_H_

#include <stdbool.h>
#include <stdint.h>

#include "suricata-common.h"

SURISIM_C_BEGIN

typedef struct SCJsonBuilder SCJsonBuilder;

/* A position in a builder: bytes of text, open levels, and the kind of the innermost one. */
typedef struct SCJsonBuilderMark {
    uint64_t position;
    uint64_t state_index;
    uint64_t state;
} SCJsonBuilderMark;

/* `{` or `[`. NULL: out of memory. */
struct SCJsonBuilder *SCJbNewObject(void);
struct SCJsonBuilder *SCJbNewArray(void);
/* Copies text and open levels. NULL: out of memory, in which case Suricata would end. */
struct SCJsonBuilder *SCJbClone(struct SCJsonBuilder *js);
void SCJbFree(struct SCJsonBuilder *js);
/* Back to its initial state; memory is kept. */
void SCJbReset(struct SCJsonBuilder *jb);

/* Text so far: `len` bytes of UTF-8 at `ptr`, without a NUL at the end. The next call that writes
 * may move it. */
const uint8_t *SCJbPtr(struct SCJsonBuilder *js);
uintptr_t SCJbLen(const struct SCJsonBuilder *js);
/* Bytes of text that fit without another allocation. */
uintptr_t SCJbCapacity(struct SCJsonBuilder *jb);

/* Open a level: under a key of an object, or as an element of an array (Start). Here and below,
 * keys are written without escaping. */
bool SCJbOpenObject(struct SCJsonBuilder *js, const char *key);
bool SCJbOpenArray(struct SCJsonBuilder *js, const char *key);
bool SCJbStartObject(struct SCJsonBuilder *js);
/* Close the innermost level, possibly the outermost one. */
bool SCJbClose(struct SCJsonBuilder *js);

/* Get the current position, and restore it. Restoring has an effect only if both text and levels
 * have grown since: members added to a level that was already open remain, and the result is true
 * nevertheless. False: `mark` cannot be from this builder. */
void SCJbGetMark(struct SCJsonBuilder *js, struct SCJsonBuilderMark *mark);
bool SCJbRestoreMark(struct SCJsonBuilder *js, struct SCJsonBuilderMark *mark);

/* A member of the open object. */
bool SCJbSetString(struct SCJsonBuilder *js, const char *key, const char *val);
/* If the bytes are not UTF-8, each byte above 0x7f is written as the text \xHH. */
bool SCJbSetStringFromBytes(struct SCJsonBuilder *js, const char *key, const uint8_t *bytes,
                            uint32_t len);
/* Bytes other than printable ASCII, CR and LF become dots. */
bool SCJbSetPrintAsciiString(struct SCJsonBuilder *js, const char *key, const uint8_t *bytes,
                             uint32_t len);
bool SCJbSetBase64(struct SCJsonBuilder *js, const char *key, const uint8_t *bytes, uint32_t len);
bool SCJbSetHex(struct SCJsonBuilder *js, const char *key, const uint8_t *bytes, uint32_t len);
bool SCJbSetUint(struct SCJsonBuilder *js, const char *key, uint64_t val);
bool SCJbSetInt(struct SCJsonBuilder *js, const char *key, int64_t val);
/* NaN and infinities become null. */
bool SCJbSetFloat(struct SCJsonBuilder *js, const char *key, double val);
bool SCJbSetBool(struct SCJsonBuilder *js, const char *key, bool val);
/* The text of another builder, closed or not. */
bool SCJbSetObject(struct SCJsonBuilder *js, const char *key, struct SCJsonBuilder *val);
/* Complete JSON, `"key":value`, written unchanged. */
bool SCJbSetFormatted(struct SCJsonBuilder *js, const char *formatted);

/* An element of the open array. */
bool SCJbAppendString(struct SCJsonBuilder *js, const char *val);
bool SCJbAppendStringFromBytes(struct SCJsonBuilder *js, const uint8_t *bytes, uint32_t len);
bool SCJbAppendBase64(struct SCJsonBuilder *js, const uint8_t *bytes, uint32_t len);
bool SCJbAppendUint(struct SCJsonBuilder *js, uint64_t val);
bool SCJbAppendFloat(struct SCJsonBuilder *js, double val);
bool SCJbAppendObject(struct SCJsonBuilder *jb, const struct SCJsonBuilder *obj);

/* A duration in seconds: "90", "1h 30m", "2days". 0 on success, -1 for NULL and anything else. */
int SCParseTimeDuration(const char *input, uint64_t *res);

SURISIM_C_END

#endif
