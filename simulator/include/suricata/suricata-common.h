/* The common part of Suricata's C surface: the headers that every other one relies on. */
#ifndef SURICATA_SURICATA_COMMON_H
#define SURICATA_SURICATA_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef __cplusplus
#include <assert.h>
#endif

/* The name of a C function keeps its C name when a C++ file includes these headers. */
#ifdef __cplusplus
#define SURISIM_C_BEGIN extern "C" {
#define SURISIM_C_END }
#else
#define SURISIM_C_BEGIN
#define SURISIM_C_END
#endif

/* Seconds and microseconds in one word: 44 bits of seconds, 20 bits of microseconds. */
typedef struct {
    uint64_t secs : 44;
    uint64_t usecs : 20;
} SCTime_t;

/* Who logs; plugins are LOGGER_USER. */
typedef enum LoggerId { LOGGER_UNDEFINED = 0, LOGGER_USER = 25, LOGGER_SIZE } LoggerId;

#endif
