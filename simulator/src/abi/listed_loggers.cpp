// Loggers of what there is none of here: files, data of streams, tables of statistics. They are
// listed, and never run. Source: output.c, output-file.c, output-filedata.c, output-streaming.c.
#include <suricata/output.h>

#include "abi/host_function.hpp"
#include "abi/process_state.hpp"

using namespace surisim::abi;

namespace {

int list(const char* function, const char* kind, const char* name) {
  note_call(function);
  const HostScope host;
  notify(ListedRegistration{kind, name == nullptr ? "" : name, -1});
  return 0;
}

// A module without a logger ends Suricata.
void list_module(const char* function, const char* kind, const char* name, bool has_logger,
                 const void* caller) {
  if (has_logger)
    list(function, kind, name);
  else
    notify(FatalCall{function, "the logger is NULL", true, caller});
}

}  // namespace

SURISIM_ABI int SCOutputRegisterFileLogger(LoggerId, const char* name, SCFileLogger, void*,
                                           ThreadInitFunc, ThreadDeinitFunc) {
  return list(__func__, "file logger", name);
}

SURISIM_ABI int SCOutputRegisterFiledataLogger(LoggerId, const char* name, SCFiledataLogger, void*,
                                               ThreadInitFunc, ThreadDeinitFunc) {
  return list(__func__, "file data logger", name);
}

SURISIM_ABI int SCOutputRegisterStreamingLogger(LoggerId, const char* name, SCStreamingLogger,
                                                void*, enum SCOutputStreamingType, ThreadInitFunc,
                                                ThreadDeinitFunc) {
  return list(__func__, "streaming logger", name);
}

SURISIM_ABI void OutputRegisterFileSubModule(LoggerId, const char*, const char* name, const char*,
                                             OutputInitSubFunc, SCFileLogger FileLogFunc,
                                             ThreadInitFunc, ThreadDeinitFunc) {
  list_module(__func__, "file logger", name, FileLogFunc != nullptr, SURISIM_CALLER);
}

SURISIM_ABI void OutputRegisterStatsSubModule(LoggerId, const char*, const char* name, const char*,
                                              OutputInitSubFunc, StatsLogger StatsLogFunc,
                                              ThreadInitFunc, ThreadDeinitFunc) {
  list_module(__func__, "statistics logger", name, StatsLogFunc != nullptr, SURISIM_CALLER);
}

SURISIM_ABI void OutputRegisterFiledataModule(LoggerId, const char* name, const char*,
                                              OutputInitFunc, SCFiledataLogger FiledataLogFunc,
                                              ThreadInitFunc, ThreadDeinitFunc) {
  list_module(__func__, "file data logger", name, FiledataLogFunc != nullptr, SURISIM_CALLER);
}

SURISIM_ABI void OutputRegisterStreamingModule(LoggerId, const char* name, const char*,
                                               OutputInitFunc, SCStreamingLogger StreamingLogFunc,
                                               enum SCOutputStreamingType, ThreadInitFunc,
                                               ThreadDeinitFunc) {
  list_module(__func__, "streaming logger", name, StreamingLogFunc != nullptr, SURISIM_CALLER);
}
