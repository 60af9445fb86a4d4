/* The fields of ThreadVars, Flow and Packet that the C headers name, and where each version has
 * them: for `surisim inspect`, which compares them with what a plugin was compiled with.
 *
 * When:    constant.
 * Owner:   none; a declaration.
 * Threads: any.
 * Source:  threadvars.h, flow.h, decode.h; facts E22 to E24.
 */
#ifndef SURISIM_STRUCT_FIELDS_H
#define SURISIM_STRUCT_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct surisim_field {
  const char* type; /* "Flow"; NULL: the end of the table */
  const char* name;
  uint16_t offset;
};
extern const struct surisim_field fields_8_0[];
extern const struct surisim_field fields_9_0[];

#ifdef __cplusplus
}
#endif

#endif
