/*
 * What parsers include first.
 *
 * Source:  app-layer.h.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<app-layer.h>)
#include_next <app-layer.h>
#else
#include <app-layer.h>
#endif
#endif

#ifndef SURICATA_APP_LAYER_H
#define SURICATA_APP_LAYER_H

#include "app-layer-parser.h"
#include "decode.h"
#include "flow.h"
#include "rust.h"
#include "threadvars.h"

#endif
