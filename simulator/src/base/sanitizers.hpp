// Whether a sanitizer is compiled in that has a malloc and thread functions of its own, which must
// then be the first that a program finds.
//
// When:    for the preprocessor.
// Owner:   -
// Threads: -
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SURISIM_SANITIZER_OWNS_MALLOC
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SURISIM_SANITIZER_OWNS_MALLOC
#endif
