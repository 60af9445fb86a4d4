/*
 * Parsing numbers.
 *
 * When:    at any time.
 * Owner:   nothing is kept.
 * Threads: any.
 * Source:  util-byte.h, util-byte.c.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<util-byte.h>)
#include_next <util-byte.h>
#else
#include <util-byte.h>
#endif
#endif

#ifndef SURICATA_UTIL_BYTE_H
#define SURICATA_UTIL_BYTE_H

#include "suricata-common.h"

SURISIM_C_BEGIN

/* Read a number at the beginning of `str`, or of its first `len` bytes (0: all; at most 23), in the
 * base, as strtoull() does. They return how many characters it has, or -1: there is none, or it
 * does not fit. */
int ByteExtractStringUint64(uint64_t *res, int base, size_t len, const char *str);
int ByteExtractStringUint32(uint32_t *res, int base, size_t len, const char *str);
int ByteExtractStringUint16(uint16_t *res, int base, size_t len, const char *str);
int ByteExtractStringUint8(uint8_t *res, int base, size_t len, const char *str);
int ByteExtractStringInt64(int64_t *res, int base, size_t len, const char *str);
int ByteExtractStringInt32(int32_t *res, int base, size_t len, const char *str);
int ByteExtractStringInt16(int16_t *res, int base, size_t len, const char *str);
int ByteExtractStringInt8(int8_t *res, int base, size_t len, const char *str);

/* The same, and -1 too if more follows the number. As in Suricata, those of signed numbers look at
 * what follows only if `len` is not 0. */
int StringParseUint64(uint64_t *res, int base, size_t len, const char *str);
int StringParseUint32(uint32_t *res, int base, size_t len, const char *str);
int StringParseUint16(uint16_t *res, int base, size_t len, const char *str);
int StringParseUint8(uint8_t *res, int base, size_t len, const char *str);
int StringParseInt64(int64_t *res, int base, size_t len, const char *str);
int StringParseInt32(int32_t *res, int base, size_t len, const char *str);
int StringParseInt16(int16_t *res, int base, size_t len, const char *str);
int StringParseInt8(int8_t *res, int base, size_t len, const char *str);

/* The same, and -1 too if the number is not from `min` to `max`. */
int StringParseU64RangeCheck(uint64_t *res, int base, size_t len, const char *str, uint64_t min,
                             uint64_t max);
int StringParseU32RangeCheck(uint32_t *res, int base, size_t len, const char *str, uint32_t min,
                             uint32_t max);
int StringParseU16RangeCheck(uint16_t *res, int base, size_t len, const char *str, uint16_t min,
                             uint16_t max);
int StringParseU8RangeCheck(uint8_t *res, int base, size_t len, const char *str, uint8_t min,
                            uint8_t max);
int StringParseI64RangeCheck(int64_t *res, int base, size_t len, const char *str, int64_t min,
                             int64_t max);
int StringParseI32RangeCheck(int32_t *res, int base, size_t len, const char *str, int32_t min,
                             int32_t max);
int StringParseI16RangeCheck(int16_t *res, int base, size_t len, const char *str, int16_t min,
                             int16_t max);
int StringParseI8RangeCheck(int8_t *res, int base, size_t len, const char *str, int8_t min,
                            int8_t max);

SURISIM_C_END

#endif
