/*
 * The header through which C code uses Suricata's Rust library, and macros for the JSON builder.
 *
 * When, Owner, Threads: rust-bindings.h.
 * Source:  rust.h.
 */
#include "surisim_c.h"
#if defined(SURISIM_SURICATA_C_HEADERS) && !defined(__cplusplus)
#if __has_include_next(<rust.h>)
#include_next <rust.h>
#else
#include <rust.h>
#endif
#endif

#ifndef SURICATA_RUST_H
#define SURICATA_RUST_H

#include "rust-bindings.h"

/* A member formatted at compile time: key and value are string literals, written unchanged. */
#define SURISIM_JB_LITERAL(jb, key, json) SCJbSetFormatted((jb), "\"" key "\":" json)
#define JB_SET_STRING(jb, key, val) SURISIM_JB_LITERAL(jb, key, "\"" val "\"")
#define JB_SET_TRUE(jb, key) SURISIM_JB_LITERAL(jb, key, "true")
#define JB_SET_FALSE(jb, key) SURISIM_JB_LITERAL(jb, key, "false")

#endif
