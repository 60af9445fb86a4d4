/* The contents of suricata-common.h that the headers it includes need: in a file of its own, so
 * that no two headers include each other. Empty if Suricata's own headers are on the include path.
 */
#include "surisim_c.h"

#if !defined(SURISIM_COMMON_H) && !defined(SURISIM_SURICATA_HEADERS)
#define SURISIM_COMMON_H

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "queue.h"
#include "tm-threads-common.h"
#include "util-optimize.h"
#include "util-time.h"

#define BIT_U8(n) ((uint8_t)(1 << (n)))
#define BIT_U16(n) ((uint16_t)(1 << (n)))
#define BIT_U32(n) ((uint32_t)(1UL << (n)))
#define BIT_U64(n) (1ULL << (n))

/* A header that may be at any address. */
#define SURISIM_PACKED __attribute__((__packed__))

#define SCNtohl(x) (uint32_t) ntohl((x))
#define SCNtohs(x) (uint16_t) ntohs((x))

#ifndef MIN
#define MIN(x, y) (((x) < (y)) ? (x) : (y))
#endif
#ifndef MAX
#define MAX(x, y) (((x) < (y)) ? (y) : (x))
#endif

#define BUG_ON(x) assert(!(x))

#define WARN_UNUSED __attribute__((warn_unused_result))
#define ATTR_FMT_PRINTF(x, y) __attribute__((format(printf, x, y)))

/* The logger; plugins are LOGGER_USER. */
typedef enum LoggerId { LOGGER_UNDEFINED = 0, LOGGER_USER = 25, LOGGER_SIZE } LoggerId;

#endif
