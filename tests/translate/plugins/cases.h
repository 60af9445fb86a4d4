/* What a library of cases exports: functions that return the same for the same number, natively
 * and translated. The list ends with a null name. */
#ifndef SURISIM_TEST_TRANSLATE_CASES_H
#define SURISIM_TEST_TRANSLATE_CASES_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Case_ {
  const char* name;
  long (*run)(long number);
} Case;

extern const Case cases[];

#ifdef __cplusplus
}
#endif

#endif
