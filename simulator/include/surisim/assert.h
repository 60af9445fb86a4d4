/* Assertions of a plugin's own, which surisim judges and Suricata does not. Nothing is linked: this
 * declaration and the macro may be copied into a plugin that is built without surisim's headers.
 *
 *   SURISIM_ASSERT(open_flows >= 0);
 *
 * In a run of surisim's a condition that is false is the violation assertion-failed, with its text
 * and its place; the plugin goes on. In Suricata, where the function does not exist, the condition
 * is not even evaluated, so it must have no effects.
 *
 * When:    at any time. The function does nothing if no run is going on.
 * Owner:   the texts are copied.
 * Threads: [any thread] */
#ifndef SURISIM_ASSERT_H
#define SURISIM_ASSERT_H

#ifdef __cplusplus
extern "C"
#endif
    void
    surisim_assert_failed(const char* condition, const char* file, int line) __attribute__((weak));

#define SURISIM_ASSERT(...)                \
  (!surisim_assert_failed || (__VA_ARGS__) \
       ? (void)0                           \
       : surisim_assert_failed(#__VA_ARGS__, __FILE__, __LINE__))

#endif
