/* Assertions for plugins, which are checked by surisim and have no effect in Suricata. Nothing is
 * linked: the declaration and the macro may be copied into a plugin that is built without surisim's
 * headers.
 *
 *   SURISIM_ASSERT(open_flows >= 0);
 *
 * In surisim, a condition that is false is the violation assertion-failed, with its text and place,
 * and the plugin continues. In Suricata the function does not exist, and the condition is not even
 * evaluated: it must have no side effects.
 *
 * When:    at any time. The function does nothing if there is no run.
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
