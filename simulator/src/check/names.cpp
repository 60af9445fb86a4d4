// The names that slots were registered with: Suricata keeps the pointers (L17), and a slot that
// nobody uses has been registered for nothing.
#include <fmt/core.h>
#include <pthread.h>

#include <algorithm>

#include "base/safe_read.hpp"
#include "check/checker.hpp"

namespace surisim::check {

using engine::Context;
using ledger::type_name;
using ledger::Violations;

void Checker::note_name(const abi::SlotRegistration& slot) {
  const Context* const mine = engine::context();
  names_.push_back({slot.name, slot.name, slot.type, slot.id, slot.owner, slot.caller,
                    ledger_.violations().phase().load(),
                    mine == nullptr ? JournalCallback::none : mine->callback});
  memory_.name_given(slot.name);
}

// Where the name was given, whenever it is that something shows.
Where Checker::where_of(const GivenName& name) {
  Where where{name.type == STORAGE_THREAD ? "SCThreadStorageRegister" : "SCFlowStorageRegister",
              name.caller, name.type, name.id};
  where.plugin = name.plugin;
  where.phase = name.phase;
  where.callback = name.callback;
  return where;
}

// Suricata keeps the pointer and reads the name again (L17).
void Checker::check_names(const void* dead_stack) {
  const std::vector<const void*> freed = memory_.freed_names();
  pthread_attr_t attributes;
  void* stack = nullptr;
  std::size_t size = 0;
  // It fails where no file can be opened any more.
  if (dead_stack != nullptr && ::pthread_getattr_np(::pthread_self(), &attributes) == 0) {
    ::pthread_attr_getstack(&attributes, &stack, &size);
    ::pthread_attr_destroy(&attributes);
  }
  for (GivenName& name : names_) {
    if (name.reported) continue;
    const char* what = nullptr;
    if (std::find(freed.begin(), freed.end(), name.pointer) != freed.end())
      what = "the memory of its name has been freed";
    else if (stack != nullptr && name.pointer >= stack && name.pointer < dead_stack)
      what = "its name is on the stack of a function that has returned";
    else if (base::read_string(name.pointer) != name.text)
      what = "its name says something else by now";
    if (what == nullptr) continue;
    name.reported = true;
    Where where = where_of(name);
    where.slot_name = name.text.c_str();
    found(RuleId::register_dangling_name, where, [&] {
      return fmt::format("{} slot \"{}\": {}. Suricata keeps the pointer, and reads through it",
                         type_name(name.type), name.text, what);
    });
  }
}

void Checker::check_unused(StorageEnum type) {
  for (const GivenName& name : names_) {
    const auto slot = static_cast<std::size_t>(name.id);
    if (name.type != type || slot >= ever_set_[type].size() || ever_set_[type][slot]) continue;
    const Where where = where_of(name);
    Violation violation = ledger_.violations().describe(RuleId::slot_unused, where);
    violation.message =
        fmt::format("{} slot \"{}\" was registered, and no {} ever had a value in it",
                    type_name(type), Violations::slot_name_of(where), type_name(type));
    ledger_.violations().add(std::move(violation));
  }
}

}  // namespace surisim::check
