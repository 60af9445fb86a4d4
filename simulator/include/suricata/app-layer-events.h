/*
 * Events of application-layer parsers.
 *
 * Source:  app-layer-events.h.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<app-layer-events.h>)
#include_next <app-layer-events.h>
#else
#include <app-layer-events.h>
#endif
#endif

#ifndef SURICATA_APP_LAYER_EVENTS_H
#define SURICATA_APP_LAYER_EVENTS_H

typedef enum AppLayerEventType {
    APP_LAYER_EVENT_TYPE_TRANSACTION = 1,
    APP_LAYER_EVENT_TYPE_PACKET = 2,
} AppLayerEventType;

#endif
