// What the plugin called last, for the journal.
#pragma once

#include "abi/storage_access.hpp"
#include "trace/context.hpp"

namespace surisim::abi {

// `function`: a string literal, or __func__. Calls that the engine makes itself are not noted.
inline void note_call(const char* function) noexcept {
  if (!watched()) return;
  const engine::Context* const mine = engine::context();
  if (mine == nullptr || mine->journal == nullptr) return;
  if (mine->callback != JournalCallback::none) mine->journal->called(function);
}

}  // namespace surisim::abi
