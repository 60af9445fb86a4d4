// Implements signal_calls.hpp: reads the library's relocations.
#include "translate/signal_calls.hpp"

#include <sys/mman.h>

#include <array>
#include <csignal>
#include <string_view>

#include "translate/signals.hpp"

namespace surisim::translate {
namespace {

// Without SIGTRAP, if the set is one of signals to block.
const sigset_t* without_trap(const sigset_t* set, sigset_t& changed) {
  if (set == nullptr) return nullptr;
  changed = *set;
  sigdelset(&changed, SIGTRAP);
  return &changed;
}

int change_thread_mask(int how, const sigset_t* set, sigset_t* before) {
  sigset_t changed;
  return ::pthread_sigmask(how, how == SIG_UNBLOCK ? set : without_trap(set, changed), before);
}

int change_mask(int how, const sigset_t* set, sigset_t* before) {
  sigset_t changed;
  return ::sigprocmask(how, how == SIG_UNBLOCK ? set : without_trap(set, changed), before);
}

using SignalHandler = void (*)(int);

SignalHandler change_handler(int number, SignalHandler handler) {
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return change_handler_of(number, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
}

int wait_for_signal(const sigset_t* set) {
  sigset_t changed;
  return ::sigsuspend(without_trap(set, changed));
}

struct Replacement {
  std::string_view name;
  std::uintptr_t function;
};

template <class Function>
std::uintptr_t address_of_function(Function* function) {
  return reinterpret_cast<std::uintptr_t>(function);
}

std::uintptr_t replacement_of(std::string_view name) {
  const std::array replacements = {
      Replacement{"pthread_sigmask", address_of_function(change_thread_mask)},
      Replacement{"sigprocmask", address_of_function(change_mask)},
      Replacement{"sigaction", address_of_function(change_handler_of)},
      Replacement{"signal", address_of_function(change_handler)},
      Replacement{"sigsuspend", address_of_function(wait_for_signal)},
  };
  for (const Replacement& one : replacements)
    if (one.name == name) return one.function;
  return 0;
}

bool is_link(std::uint64_t type) {
  return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT || type == R_X86_64_64;
}

}  // namespace

SignalCalls::SignalCalls(const LoadedObject& object) : object_(object) {
  const ElfW(Rela) * tables[2] = {};
  std::size_t sizes[2] = {};
  for (const ElfW(Dyn)* entry = object.dynamic; entry->d_tag != DT_NULL; ++entry) {
    const std::uintptr_t value = entry->d_un.d_ptr;
    switch (entry->d_tag) {
      case DT_SYMTAB:
        symbols_ = reinterpret_cast<const ElfW(Sym)*>(value);
        break;
      case DT_STRTAB:
        names_ = reinterpret_cast<const char*>(value);
        break;
      case DT_RELA:
        tables[0] = reinterpret_cast<const ElfW(Rela)*>(value);
        break;
      case DT_RELASZ:
        sizes[0] = value;
        break;
      case DT_JMPREL:
        tables[1] = reinterpret_cast<const ElfW(Rela)*>(value);
        break;
      case DT_PLTRELSZ:
        sizes[1] = value;
        break;
      default:
        break;
    }
  }
  if (symbols_ == nullptr || names_ == nullptr) return;
  for (int i = 0; i < 2; ++i)
    if (tables[i] != nullptr) look_through(tables[i], sizes[i]);
}

SignalCalls::~SignalCalls() {
  for (const Slot& slot : slots_) write(slot.place, slot.before);
}

void SignalCalls::look_through(const ElfW(Rela) * first, std::size_t bytes) {
  const ElfW(Rela)* const last = first + bytes / sizeof *first;
  for (const ElfW(Rela)* one = first; one != last; ++one) {
    if (!is_link(ELF64_R_TYPE(one->r_info))) continue;
    const ElfW(Sym)& symbol = symbols_[ELF64_R_SYM(one->r_info)];
    const std::uintptr_t function = replacement_of(names_ + symbol.st_name);
    if (function == 0 || symbol.st_shndx != SHN_UNDEF || slots_.is_full()) continue;
    auto* const place = reinterpret_cast<std::uintptr_t*>(object_.base + one->r_offset);
    slots_.add({place, *place});
    write(place, function);
  }
}

// The table may have become read-only when it was complete.
void SignalCalls::write(std::uintptr_t* place, std::uintptr_t value) const {
  const auto at = reinterpret_cast<std::uintptr_t>(place);
  const bool read_only =
      at >= object_.read_only && at < ((object_.read_only + object_.read_only_size) & ~(kPage - 1));
  void* const page = reinterpret_cast<void*>(at & ~(kPage - 1));
  if (read_only && ::mprotect(page, kPage, PROT_READ | PROT_WRITE) != 0) return;
  *place = value;
  if (read_only) ::mprotect(page, kPage, PROT_READ);
}

}  // namespace surisim::translate
