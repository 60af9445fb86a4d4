/* All ways to end or damage the process, used by die.c and die_cpp.cpp. */
#ifndef SURISIM_TEST_DIE_H
#define SURISIM_TEST_DIE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Ends the process in the way of `how`; returns if that does not end it. */
__attribute__((visibility("default"))) void die(const char* how);
/* The ways that need C++; does nothing for others. */
__attribute__((visibility("default"))) void die_in_cpp(const char* how);

#ifdef __cplusplus
}
#endif

#endif
