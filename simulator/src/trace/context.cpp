// The calling thread's context, and the events it records.
#include "trace/context.hpp"

namespace surisim::engine {

namespace {
// The library is always loaded at program start, so its thread-locals need no call.
thread_local Context* current __attribute__((tls_model("initial-exec"))) = nullptr;
thread_local Clock unmanaged_thread_clock __attribute__((tls_model("initial-exec")));
}  // namespace

Context* context() noexcept { return current; }
void set_context(Context* context) noexcept { current = context; }

Clock& my_clock() noexcept { return current != nullptr ? current->clock : unmanaged_thread_clock; }

namespace {

void add(Context& mine, EventKind kind, const EventDetails& details,
         const FlowFields* flow = nullptr) {
  Subject subject;
  const bool has_thread = details.thread != nullptr && details.thread->describe(subject);
  if (!has_thread) subject = mine.log->subject();
  subject.lifecycle = mine.lifecycle;
  mine.log->add({.kind = kind,
                 .storage = details.storage,
                 .has_thread = has_thread,
                 .has_flow = flow != nullptr,
                 .clock = mine.clock.tick(),
                 .what = details.what,
                 .detail = details.detail,
                 .value = details.value},
                subject, flow == nullptr ? FlowFields{} : *flow);
}

}  // namespace

const char* intern_here(std::string_view text) {
  Context* const mine = context();
  return mine == nullptr || mine->log == nullptr ? "" : mine->recorder->intern(text);
}

void record(EventKind kind, const EventDetails& details) {
  Context* const mine = context();
  if (mine == nullptr || mine->log == nullptr || mine->recorder->stopped()) return;
  add(*mine, kind, details);
}

HandOver record_hand_over(const char* what, std::size_t count, const char* queue) {
  Context* const mine = context();
  if (mine == nullptr || !mine->record_flows || mine->log == nullptr || mine->recorder->stopped())
    return {};
  add(*mine, EventKind::hand_over,
      {.what = what, .detail = queue, .value = static_cast<std::int64_t>(count)});
  return {mine->event_name, mine->clock.now()};
}

void record_take_over(const HandOver& sent, const char* what) {
  if (sent.from == nullptr) return;
  record(EventKind::take_over,
         {.what = what, .detail = sent.from, .value = static_cast<std::int64_t>(sent.clock)});
}

void record_flow(EventKind kind, const FlowFields& flow, const EventThread* thread,
                 const char* what, const char* detail) {
  Context* const mine = context();
  if (mine == nullptr || mine->log == nullptr || !mine->record_flows || mine->recorder->stopped())
    return;
  add(*mine, kind, {.what = what, .detail = detail, .thread = thread}, &flow);
}

}  // namespace surisim::engine
