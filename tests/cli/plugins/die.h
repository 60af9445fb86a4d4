/* Every way to die, and to take others along: what die.c and die_cpp.cpp do where they are told. */
#ifndef SURISIM_TEST_DIE_H
#define SURISIM_TEST_DIE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Dies as `how` says; comes back when that is no end of the process. */
__attribute__((visibility("default"))) void die(const char* how);
/* The ways that only C++ has; does nothing with others. */
__attribute__((visibility("default"))) void die_in_cpp(const char* how);

#ifdef __cplusplus
}
#endif

#endif
