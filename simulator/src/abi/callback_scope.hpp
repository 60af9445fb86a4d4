// That a callback of the plugin is running, for the journal, the checks and whose memory it is.
#pragma once

#include <cstdint>
#include <utility>

#include "trace/context.hpp"

namespace surisim::abi {

// Judges what is left to judge now that the outermost callback returns (Observer).
void judge_callback(engine::Context& mine);

// For the length of a scope, this callback of the plugin is running on this thread: `function`, if
// the host has called one of a known address.
class CallbackScope {
 public:
  CallbackScope(JournalCallback callback, ThreadVars* tv, std::uint32_t plugin,
                const void* function) noexcept
      : context_(engine::context()) {
    if (context_ == nullptr) return;
    callback_ = std::exchange(context_->callback, callback);
    function_ = std::exchange(context_->function, function);
    tv_ = std::exchange(context_->callback_tv, tv);
    plugin_ = std::exchange(context_->plugin, plugin);
    if (context_->journal == nullptr) return;
    if (callback == JournalCallback::thread_init) context_->journal->about(tv->name);
    journalled_ = context_->journal->enter(callback);
  }
  ~CallbackScope() {
    if (context_ == nullptr) return;
    if (context_->to_judge && callback_ == JournalCallback::none) judge_callback(*context_);
    const JournalCallback left = std::exchange(context_->callback, callback_);
    context_->function = function_;
    context_->callback_tv = tv_;
    context_->plugin = plugin_;
    if (context_->journal == nullptr) return;
    context_->journal->leave(journalled_);
    if (left == JournalCallback::thread_init) context_->journal->about("");
  }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;

 private:
  engine::Context* context_;
  JournalCallback callback_ = JournalCallback::none;
  JournalCallback journalled_ = JournalCallback::none;
  const void* function_ = nullptr;
  ThreadVars* tv_ = nullptr;
  std::uint32_t plugin_ = engine::kNoPlugin;
};

}  // namespace surisim::abi
