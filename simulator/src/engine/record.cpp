#include "engine/record.hpp"

#include "engine/flow_pool.hpp"
#include "engine/thread.hpp"

namespace surisim::engine {

namespace {

Subject about(const Thread& thread, std::uint32_t lifecycle) {
  const ThreadVars& tv = *thread.tv();
  std::uint8_t bits = 0;
  if (tv.t != 0) bits |= kPthreadSet;
  if (tv.tm_func != nullptr) bits |= kFunctionSet;
  if (tv.printable_name != nullptr) bits |= kPrintableNameSet;
  if (tv.iface_name != nullptr) bits |= kIfaceNameSet;
  if (tv.inq != nullptr) bits |= kInQueue;
  if (tv.outctx != nullptr) bits |= kOutQueues;
  if (tv.ctrl_cond != nullptr) bits |= kControlSet;
  return {.tv_name = thread.event_name,
          .lifecycle = lifecycle,
          .tv_flags = thread.flags(),
          .tv_id = tv.id,
          .tv_slots = thread.modules(),
          .tv_bits = bits,
          .tv_type = tv.type};
}

void add(Context& mine, EventKind kind, const Say& say, const FlowFields* flow = nullptr) {
  const bool has_thread = say.thread != nullptr && say.thread->tv() != nullptr;
  Subject subject = has_thread ? about(*say.thread, mine.lifecycle) : mine.log->subject();
  subject.lifecycle = mine.lifecycle;
  mine.log->add({.kind = kind,
                 .storage = say.storage,
                 .has_thread = has_thread,
                 .has_flow = flow != nullptr,
                 .clock = mine.clock.tick(),
                 .what = say.what,
                 .detail = say.detail,
                 .value = say.value},
                subject, flow == nullptr ? FlowFields{} : *flow);
}

}  // namespace

const char* intern_here(std::string_view text) {
  Context* const mine = context();
  return mine == nullptr || mine->log == nullptr ? "" : mine->recorder->intern(text);
}

void record(EventKind kind, const Say& say) {
  Context* const mine = context();
  if (mine == nullptr || mine->log == nullptr || mine->recorder->stopped()) return;
  add(*mine, kind, say);
}

void record_flow(EventKind kind, const Flow& flow, const Thread* thread, const char* what,
                 const char* detail, std::uint8_t packet_proto) {
  Context* const mine = context();
  if (mine == nullptr || mine->log == nullptr || !mine->record_flows || mine->recorder->stopped())
    return;
  const FlowSide& side = *side_of(&flow);
  const FlowFields fields{.flow = side.number,
                          .handle = side.handle,
                          .sp = flow.sp,
                          .dp = flow.dp,
                          .proto = flow.proto,
                          .packet_proto = packet_proto,
                          .to_server = flow.todstpktcnt,
                          .to_client = flow.tosrcpktcnt,
                          .locked = side.locked};
  add(*mine, kind, {.what = what, .detail = detail, .thread = thread}, &fields);
}

}  // namespace surisim::engine
