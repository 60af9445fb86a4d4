/* What every header here begins with: the name of a C function keeps its C name when a C++ file
 * includes these headers. Not Suricata's, so that it is there whichever headers come first. */
#ifndef SURISIM_C_H
#define SURISIM_C_H

#ifdef __cplusplus
#define SURISIM_C_BEGIN extern "C" {
#define SURISIM_C_END }
#else
#define SURISIM_C_BEGIN
#define SURISIM_C_END
#endif

#endif
