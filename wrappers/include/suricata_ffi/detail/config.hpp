// Macros for differences between compilers and their options.
//
// When:    included by the wrappers.
// Threads: any.
#pragma once

// Private to a shared library. Code generated for a plugin's types must be private, because another
// plugin, or the test program that loads it, may have a different type with the same name.
#define SURICATA_FFI_LOCAL __attribute__((visibility("hidden")))
// Visible to the host even if the plugin is built with -fvisibility=hidden.
#define SURICATA_FFI_EXPORT __attribute__((visibility("default"), used))

// A function that the host may not have: then its address is null.
#define SURICATA_FFI_WEAK __attribute__((weak))

#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#define SURICATA_FFI_LIFETIMEBOUND [[clang::lifetimebound]]
#endif
#endif
#ifndef SURICATA_FFI_LIFETIMEBOUND
#define SURICATA_FFI_LIFETIMEBOUND
#endif

#if defined(__cpp_exceptions)
#define SURICATA_FFI_EXCEPTIONS 1
#else
#define SURICATA_FFI_EXCEPTIONS 0
#endif

// 0: the wrappers read thread values only through Suricata's function, never directly
// (detail/direct.hpp). The results are the same.
#ifndef SURICATA_FFI_DIRECT
#define SURICATA_FFI_DIRECT 1
#endif
