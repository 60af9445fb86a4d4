// What the host itself refuses, catches or cannot do. A Suricata would crash, end or go on without
// a word; the run goes on and says so, with checks off too.
#include <fmt/core.h>

#include <string>

#include "abi/callbacks.hpp"
#include "abi/host_function.hpp"
#include "ledger/ledger.hpp"

namespace surisim::ledger {

namespace {

// The function that registers a callback of this kind.
const char* registration_of(JournalCallback kind) {
  switch (kind) {
    case JournalCallback::thread_init:
      return "SCThreadRegisterInitCallback";
    case JournalCallback::flow_init:
      return "SCFlowRegisterInitCallback";
    case JournalCallback::flow_update:
      return "SCFlowRegisterUpdateCallback";
    case JournalCallback::flow_finish:
      return "SCFlowRegisterFinishCallback";
    case JournalCallback::eve:
      return "SCEveRegisterCallback";
    case JournalCallback::logging_ready:
      return "SCRegisterOnLoggingReady";
    case JournalCallback::eve_filetype:
      return "SCRegisterEveFileType";
    case JournalCallback::packet_logger:
      return "SCOutputRegisterPacketLogger";
    case JournalCallback::flow_logger:
      return "SCOutputRegisterFlowLogger";
    case JournalCallback::tx_logger:
      return "SCOutputRegisterTxLogger";
    default:
      return "a registration function";
  }
}

std::string printable(const char* name) {
  return name == nullptr ? "NULL" : fmt::format("\"{}\"", name);
}

}  // namespace

Where where_of(const abi::SlotRegistration& slot) {
  Where where{slot.type == STORAGE_THREAD ? "SCThreadStorageRegister"
              : slot.type == STORAGE_FLOW ? "SCFlowStorageRegister"
                                          : "SCStorageRegister",
              slot.caller, slot.type};
  where.slot_name = slot.name == nullptr ? "" : slot.name;
  return where;
}

Where where_of(const abi::CallbackRegistration& call) {
  return {registration_of(call.kind), call.caller};
}

void Ledger::report_refused(const abi::SlotRegistration& slot, const Where& where) {
  switch (slot.refusal) {
    case abi::Refusal::closed:
      violations_.found(RuleId::register_after_finalize, where, [&] {
        return fmt::format(
            "{} slot {} registered after storage was finalized: its id is -1. "
            "Register slots in the plugin's Init",
            type_name(slot.type), printable(slot.name));
      });
      break;
    case abi::Refusal::duplicate:
      violations_.found(RuleId::register_duplicate_name, where, [&] {
        return fmt::format("{} slot {} is registered already: the second id is -1",
                           type_name(slot.type), printable(slot.name));
      });
      break;
    case abi::Refusal::none:
    case abi::Refusal::out_of_memory:
      break;
    case abi::Refusal::bad_type:
    case abi::Refusal::no_name:
    case abi::Refusal::no_free:
      violations_.found(RuleId::register_invalid_argument, where, [&] {
        return fmt::format("{} slot {} registered with {}: its id is -1", type_name(slot.type),
                           printable(slot.name),
                           slot.refusal == abi::Refusal::no_name   ? "no name"
                           : slot.refusal == abi::Refusal::no_free ? "Free NULL"
                                                                   : "a storage type that does not "
                                                                     "exist");
      });
  }
}

void Ledger::report_callback(const abi::CallbackRegistration& call, const Where& where) {
  const char* const kind = to_string(call.kind);
  if (late()) {
    violations_.found(RuleId::callback_registered_late, where, [&] {
      return fmt::format(
          "{} callback registered after threads were created: those never get it, "
          "and the list has no lock",
          kind);
    });
  }
  if (call.function != nullptr) return;
  violations_.found(RuleId::callback_null_function, where, [&] {
    return call.kind == JournalCallback::eve_filetype
               ? fmt::format("{} registered with a NULL name: Suricata compares it", kind)
               : fmt::format("{} callback registered with a NULL function: Suricata calls it",
                             kind);
  });
}

void Ledger::keep(const abi::ExceptionLeft& exception) {
  const bool is_free = exception.kind == JournalCallback::free_value;
  Where where;
  if (exception.caught_by_wrappers != nullptr) {
    where.caller = exception.function;
  } else if (exception.function != nullptr) {
    // A return address is looked up by the byte before it.
    where.caller = static_cast<const char*>(exception.function) + 1;
  }
  std::string message =
      exception.caught_by_wrappers != nullptr
          ? fmt::format("{}; the C++ wrappers caught it, in C it would end Suricata",
                        exception.caught_by_wrappers)
          : fmt::format(
                "a C++ exception left a {}{}: Suricata ends with std::terminate. It says: "
                "{}",
                to_string(exception.kind), is_free ? "" : " callback", abi::exception_text());
  violations_.found(abi::rule_of_exception(exception.kind), where, [&] { return message; });
}

void Ledger::keep(const abi::UnmodelledCall& call) {
  abi::note_call(call.function);
  violations_.found(RuleId::unsupported_function, {call.function, call.caller}, [&] {
    return fmt::format(
        "{} called: it exists here so that plugins load, and does nothing. This is "
        "the simulator's limit, not the plugin's mistake",
        call.function);
  });
}

void Ledger::keep(const abi::FatalCall& call) {
  abi::note_call(call.function);
  Where where{call.function, call.caller};
  if (!call.is_certain) where.severity = Severity::warning;
  violations_.found(RuleId::process_exit, where, [&] {
    return fmt::format("{} called: Suricata {}: {}", call.function,
                       call.is_certain
                           ? "ends here, with status 1"
                           : "ends here if engine.init-failure-fatal is set, and warns if not",
                       call.message);
  });
}

}  // namespace surisim::ledger
