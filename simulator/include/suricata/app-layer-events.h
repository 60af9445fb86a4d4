/*
 * Events of application-layer parsers.
 *
 * Source:  app-layer-events.h.
 */
#ifndef SURICATA_APP_LAYER_EVENTS_H
#define SURICATA_APP_LAYER_EVENTS_H

typedef enum AppLayerEventType {
    APP_LAYER_EVENT_TYPE_TRANSACTION = 1,
    APP_LAYER_EVENT_TYPE_PACKET = 2,
} AppLayerEventType;

#endif
