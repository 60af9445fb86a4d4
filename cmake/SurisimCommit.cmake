# Sets SURISIM_COMMIT ("abcdef1", or "abcdef1-dirty" if files have changed since) and SURISIM_DATE when the
# project is configured: from git, else from commit.txt, which `git archive` fills in. Without either there is
# no commit, and the date is today's, or that of SOURCE_DATE_EPOCH.
set(SURISIM_COMMIT "")
set(SURISIM_DATE "")
find_program(SURISIM_GIT git)
mark_as_advanced(SURISIM_GIT)
# Ignores the repository of a project that contains a copy of surisim.
if(SURISIM_GIT AND EXISTS ${PROJECT_SOURCE_DIR}/.git)
  execute_process(COMMAND ${SURISIM_GIT} describe --always --dirty --exclude=*
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE SURISIM_COMMIT ERROR_QUIET
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  execute_process(COMMAND ${SURISIM_GIT} log -1 --format=%cs
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE SURISIM_DATE ERROR_QUIET
    OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(SURISIM_COMMIT STREQUAL "")
  file(READ ${CMAKE_CURRENT_LIST_DIR}/commit.txt filled)
  if(filled MATCHES "^([0-9a-f]+) ([0-9-]+)")
    set(SURISIM_COMMIT ${CMAKE_MATCH_1})
    set(SURISIM_DATE ${CMAKE_MATCH_2})
  endif()
endif()
if(SURISIM_DATE STREQUAL "")
  string(TIMESTAMP SURISIM_DATE "%Y-%m-%d" UTC)
endif()
