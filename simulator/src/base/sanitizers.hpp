// Defines SURISIM_SANITIZER_OWNS_MALLOC if a sanitizer is compiled in that replaces malloc and
// thread functions: then this library must not.
//
// When:    at compile time.
// Threads: any.
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SURISIM_SANITIZER_OWNS_MALLOC
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SURISIM_SANITIZER_OWNS_MALLOC
#endif
