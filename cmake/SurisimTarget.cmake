# Compiler options for code that a fuzzer runs.
set(SURISIM_FUZZ_OPTIONS
  -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)

# surisim_target_defaults(target): compiler options of every target of the project: warnings, and the sanitizer, if any.
function(surisim_target_defaults target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wconversion -Wshadow
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>  # false alarms in std::string with g++ 12
    $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wthread-safety>
    # valgrind 3.19 gives up on clang's DWARF 5
    $<$<OR:$<COMPILE_LANG_AND_ID:CXX,Clang>,$<COMPILE_LANG_AND_ID:C,Clang>>:-fdebug-default-version=4>
    $<$<BOOL:${SURISIM_WERROR}>:-Werror>)
  if(SURISIM_SANITIZE)  # -O1 and line tables, for a sanitizer's reports
    target_compile_options(${target} PRIVATE
      -O1 -g1 -fsanitize=${SURISIM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      # The two sides of a C ABI declare different types, and C programs have no C++ runtime.
      target_compile_options(${target} PRIVATE -fno-sanitize=function,vptr)
      if(SURISIM_SANITIZE MATCHES "address")
        target_compile_definitions(${target} PRIVATE __SANITIZE_ADDRESS__=1)  # gcc defines it itself
      endif()
    endif()
    target_link_options(${target} PRIVATE -fsanitize=${SURISIM_SANITIZE})
  endif()
endfunction()

# surisim_rust_plugin(target source directory option...): builds a Rust plugin without crates as
# directory/target.so. Without rustc 1.77 or newer there is no such target; Debian 12 has 1.63.
function(surisim_rust_plugin target source directory)
  find_program(SURISIM_RUSTC rustc HINTS $ENV{HOME}/.cargo/bin)
  mark_as_advanced(SURISIM_RUSTC)
  if(NOT SURISIM_RUSTC)
    message(STATUS "${target} is not built: rustc is not installed")
    return()
  endif()
  if(NOT SURISIM_RUSTC_VERSION)
    execute_process(COMMAND ${SURISIM_RUSTC} --version OUTPUT_VARIABLE version)
    string(REGEX MATCH "[0-9]+[.][0-9]+" version "${version}")
    set(SURISIM_RUSTC_VERSION "${version}" CACHE INTERNAL "")
  endif()
  if(SURISIM_RUSTC_VERSION VERSION_LESS 1.77)
    message(STATUS "${target} is not built: rustc is ${SURISIM_RUSTC_VERSION}, not 1.77 or newer")
    return()
  endif()
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  file(MAKE_DIRECTORY ${directory})
  add_custom_command(OUTPUT ${directory}/${target}.so DEPENDS ${source} VERBATIM
    COMMAND ${SURISIM_RUSTC} --edition 2021 --crate-type cdylib --crate-name ${target} -g ${ARGN}
      -o ${directory}/${target}.so ${source})
  add_custom_target(${target} ALL DEPENDS ${directory}/${target}.so)
endfunction()
