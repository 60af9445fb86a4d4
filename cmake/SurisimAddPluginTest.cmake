# surisim_add_plugin_test(NAME PLUGIN target-or-path...
#                         [SURICATA 8.0|9.0] [ARGS option...] [FAIL_ON error|warning|note] [SUPPRESSIONS file]
#                         [GOLDEN file] [EXPLORE schedules] [REPORTS file...] [TIME_LIMIT seconds])
#
# Adds the test NAME, which runs the plugins through the whole lifecycle in surisim, and fails if they
# do something wrong. PLUGIN: targets of this project, or paths of .so files, loaded in this order.
#
#   SURICATA      the version of Suricata to run, instead of the one that the plugin is for
#   ARGS          more options of `surisim run`: --threads 8 --mode autofp
#   FAIL_ON       lowest severity that makes the test fail (error)
#   SUPPRESSIONS  file of violations that are accepted, see docs/ci.md
#   GOLDEN        adds the test NAME_golden, which compares the lifecycle's order with this file, written by
#                 `surisim record PLUGIN -o FILE` with the same ARGS
#   EXPLORE       adds the test NAME_explore, which runs this many schedules of the plugin's threads with the
#                 same ARGS, see docs/explore.md
#   REPORTS       report files, in the format of their extension: .xml (JUnit), .sarif, .json, .txt.
#                 Relative to the build directory
#   TIME_LIMIT    seconds for each run (300): surisim then ends it cleanly, and reports what was found so far.
#                 CTest kills the test ten seconds later
#
# Other paths are relative to the current source directory.
function(surisim_add_plugin_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SURICATA;FAIL_ON;SUPPRESSIONS;GOLDEN;EXPLORE;TIME_LIMIT;TIMEOUT" "PLUGIN;ARGS;REPORTS")
  if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "surisim_add_plugin_test(${name}): unknown arguments, or arguments without a value: "
                        "${arg_UNPARSED_ARGUMENTS} ${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  if(NOT arg_PLUGIN)
    message(FATAL_ERROR "surisim_add_plugin_test(${name}): PLUGIN is missing: a target, or a .so file")
  endif()
  if(arg_TIMEOUT AND NOT arg_TIME_LIMIT) # its name in version 0.1.0
    set(arg_TIME_LIMIT ${arg_TIMEOUT})
  elseif(NOT DEFINED arg_TIME_LIMIT)
    set(arg_TIME_LIMIT 300)
  endif()
  if(NOT arg_TIME_LIMIT MATCHES "^[1-9][0-9]*$")
    message(FATAL_ERROR "surisim_add_plugin_test(${name}): TIME_LIMIT: expected whole seconds from 1, "
                        "got \"${arg_TIME_LIMIT}\"")
  endif()
  if(DEFINED arg_EXPLORE AND NOT arg_EXPLORE MATCHES "^[1-9][0-9]*$")
    message(FATAL_ERROR "surisim_add_plugin_test(${name}): EXPLORE: expected a number of schedules from 1, "
                        "got \"${arg_EXPLORE}\"")
  endif()
  math(EXPR timeout "${arg_TIME_LIMIT} + 10")

  set(run "")
  foreach(plugin IN LISTS arg_PLUGIN)
    if(TARGET ${plugin})
      list(APPEND run $<TARGET_FILE:${plugin}>)
    else()
      cmake_path(ABSOLUTE_PATH plugin BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
      list(APPEND run ${plugin})
    endif()
  endforeach()
  if(NOT "${arg_ARGS}" MATCHES "--time-limit")
    list(APPEND run --time-limit ${arg_TIME_LIMIT})
  endif()
  if(arg_SURICATA)
    list(APPEND run --suricata ${arg_SURICATA})
  endif()
  list(APPEND run ${arg_ARGS})
  set(golden ${run})

  if(arg_FAIL_ON)
    list(APPEND run --fail-on ${arg_FAIL_ON})
  endif()
  if(arg_SUPPRESSIONS)
    cmake_path(ABSOLUTE_PATH arg_SUPPRESSIONS BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    list(APPEND run --suppressions ${arg_SUPPRESSIONS})
  endif()
  set(explore ${run})
  foreach(report IN LISTS arg_REPORTS)
    cmake_path(ABSOLUTE_PATH report BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} NORMALIZE)
    list(APPEND run --output ${report})
  endforeach()
  if(arg_REPORTS)
    list(APPEND run --format text --output -) # what ctest shows when the test fails
  endif()

  # In the source directory, so that reports name source files relative to it.
  add_test(NAME ${name} COMMAND $<TARGET_FILE:surisim::surisim> run ${run}
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout})
  if(arg_GOLDEN)
    cmake_path(ABSOLUTE_PATH arg_GOLDEN BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    add_test(NAME ${name}_golden COMMAND $<TARGET_FILE:surisim::surisim> verify ${golden} --golden ${arg_GOLDEN}
             WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name}_golden PROPERTIES TIMEOUT ${timeout})
  endif()
  if(arg_EXPLORE)
    add_test(NAME ${name}_explore COMMAND $<TARGET_FILE:surisim::surisim> explore ${explore} --schedules ${arg_EXPLORE}
             WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name}_explore PROPERTIES TIMEOUT ${timeout})
  endif()
endfunction()
