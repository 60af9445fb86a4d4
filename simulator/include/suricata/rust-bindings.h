/*
 * The part of Suricata's Rust library that C plugins call: the JSON builder, and durations as text.
 *
 * A builder is text that grows, and a stack of what is open in it. A function that returns bool
 * returns false when it does not fit what is open (a key in an array, an element in an object, a
 * close with nothing open), for a key or C string that is not UTF-8, for bytes that are NULL or
 * none, and out of memory. What does not fit leaves the text as it is; out of memory it may end in
 * the middle.
 *
 * When:    any time; of an EVE callback's builder, during the callback.
 * Owner:   SCJbNew... and SCJbClone give a builder to the caller, who calls SCJbFree. Keys, strings
 *          and bytes are copied.
 * Threads: any; one builder by one thread at a time.
 * Source:  jsonbuilder.rs. Suricata crashes where a builder, key, mark or second builder is NULL;
 *          here the function returns false, 0 or NULL, or does nothing.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<rust.h>) /* which the generated header needs */
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

/* How far a builder has got: bytes of text, open levels, and what the innermost of them is. */
typedef struct SCJsonBuilderMark {
    uint64_t position;
    uint64_t state_index;
    uint64_t state;
} SCJsonBuilderMark;

/* `{` or `[`. NULL: out of memory. */
struct SCJsonBuilder *SCJbNewObject(void);
struct SCJsonBuilder *SCJbNewArray(void);
/* Text and what is open. NULL: out of memory, where Suricata would end. */
struct SCJsonBuilder *SCJbClone(struct SCJsonBuilder *js);
void SCJbFree(struct SCJsonBuilder *js);
/* As it was when new; memory is kept. */
void SCJbReset(struct SCJsonBuilder *jb);

/* Text so far: `len` bytes of UTF-8 at `ptr`, without a NUL at the end. The next call that writes
 * may move it. */
const uint8_t *SCJbPtr(struct SCJsonBuilder *js);
uintptr_t SCJbLen(const struct SCJsonBuilder *js);
/* Bytes of text that fit without asking for memory. */
uintptr_t SCJbCapacity(struct SCJsonBuilder *jb);

/* Open a level: under a key of an object, or as an element of an array (Start). Keys are written as
 * they are, here and below: not escaped. */
bool SCJbOpenObject(struct SCJsonBuilder *js, const char *key);
bool SCJbOpenArray(struct SCJsonBuilder *js, const char *key);
bool SCJbStartObject(struct SCJsonBuilder *js);
/* Close the innermost level; the outermost, too. */
bool SCJbClose(struct SCJsonBuilder *js);

/* Take down how far the builder is, and go back there. Going back does something only if both text
 * and levels have grown since: members added to a level that was open already stay (true all the
 * same). False: `mark` was not taken from this builder, as far as can be seen. */
void SCJbGetMark(struct SCJsonBuilder *js, struct SCJsonBuilderMark *mark);
bool SCJbRestoreMark(struct SCJsonBuilder *js, struct SCJsonBuilderMark *mark);

/* A member of the object that is open. */
bool SCJbSetString(struct SCJsonBuilder *js, const char *key, const char *val);
/* Bytes that are not UTF-8 as a whole have each byte above 0x7f written as the text \xHH. */
bool SCJbSetStringFromBytes(struct SCJsonBuilder *js, const char *key, const uint8_t *bytes,
                            uint32_t len);
/* A dot for each byte that is not printable ASCII; CR and LF stay. */
bool SCJbSetPrintAsciiString(struct SCJsonBuilder *js, const char *key, const uint8_t *bytes,
                             uint32_t len);
bool SCJbSetBase64(struct SCJsonBuilder *js, const char *key, const uint8_t *bytes, uint32_t len);
bool SCJbSetHex(struct SCJsonBuilder *js, const char *key, const uint8_t *bytes, uint32_t len);
bool SCJbSetUint(struct SCJsonBuilder *js, const char *key, uint64_t val);
bool SCJbSetInt(struct SCJsonBuilder *js, const char *key, int64_t val);
/* Not a number, infinite: null. */
bool SCJbSetFloat(struct SCJsonBuilder *js, const char *key, double val);
bool SCJbSetBool(struct SCJsonBuilder *js, const char *key, bool val);
/* The text of another builder, closed or not. */
bool SCJbSetObject(struct SCJsonBuilder *js, const char *key, struct SCJsonBuilder *val);
/* Ready-made JSON, `"key":value`: written as it is. */
bool SCJbSetFormatted(struct SCJsonBuilder *js, const char *formatted);

/* An element of the array that is open. */
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
