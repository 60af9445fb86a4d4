// What the plugin of the measurements exports, in C names.
//
// When:    calls_register in a plugin's Init, calls_fill once storage is finalized, then the rest.
// Owner:   the plugin; values belong to the ThreadVars.
// Threads: main.
#pragma once

#include <suricata/threadvars.h>

extern "C" {
void calls_register();
void calls_fill(ThreadVars* tv);

// The value of the ThreadVars, in three ways.
void* call_raw(ThreadVars* tv);        // SCThreadGetStorageById
void* call_reference(ThreadVars* tv);  // ReferenceThreadGetById
void* call_get_mut(ThreadVars* tv);    // ThreadStorage<T>::get_mut
}
