#include "engine/record.hpp"

#include "engine/flow_pool.hpp"
#include "engine/thread.hpp"

namespace surisim::engine {

namespace {

void fill_thread(RawEvent& event, const Thread& thread) {
  const ThreadVars& tv = *thread.tv();
  event.tv_name = thread.event_name;
  event.tv_flags = thread.flags();
  event.tv_id = tv.id;
  event.tv_type = tv.type;
  event.tv_slots = thread.modules();
  std::uint8_t bits = 0;
  if (tv.t != 0) bits |= kPthreadSet;
  if (tv.tm_func != nullptr) bits |= kFunctionSet;
  if (tv.printable_name != nullptr) bits |= kPrintableNameSet;
  if (tv.iface_name != nullptr) bits |= kIfaceNameSet;
  if (tv.inq != nullptr) bits |= kInQueue;
  if (tv.outctx != nullptr) bits |= kOutQueues;
  if (tv.ctrl_cond != nullptr) bits |= kControlSet;
  event.tv_bits = bits;
}

RawEvent& start_event(Context& mine, EventKind kind, FlowFields** flow = nullptr) {
  RawEvent& event = mine.log->next(flow);
  event.clock = mine.clock.tick();
  event.kind = kind;
  event.lifecycle = mine.lifecycle;
  return event;
}

}  // namespace

const char* intern_here(std::string_view text) {
  Context* const mine = context();
  return mine == nullptr || mine->log == nullptr ? "" : mine->recorder->intern(text);
}

void record(EventKind kind, const Say& say) {
  Context* const mine = context();
  if (mine == nullptr || mine->log == nullptr || mine->recorder->stopped()) return;
  RawEvent& event = start_event(*mine, kind);
  event.what = say.what;
  event.detail = say.detail;
  event.value = say.value;
  event.storage = say.storage;
  if (say.thread != nullptr && say.thread->tv() != nullptr) fill_thread(event, *say.thread);
  mine->log->publish();
}

void record_flow(EventKind kind, const Flow& flow, const Thread* thread, const char* what,
                 const char* detail, std::uint8_t packet_proto) {
  Context* const mine = context();
  if (mine == nullptr || mine->log == nullptr || !mine->record_flows || mine->recorder->stopped())
    return;
  FlowFields* fields = nullptr;
  RawEvent& event = start_event(*mine, kind, &fields);
  event.what = what;
  event.detail = detail;
  if (thread != nullptr && thread->tv() != nullptr) fill_thread(event, *thread);
  const FlowSide& side = *side_of(&flow);
  fields->flow = side.number;
  fields->handle = side.handle;
  fields->sp = flow.sp;
  fields->dp = flow.dp;
  fields->proto = flow.proto;
  fields->packet_proto = packet_proto;
  fields->to_server = flow.todstpktcnt;
  fields->to_client = flow.tosrcpktcnt;
  fields->locked = side.locked;
  mine->log->publish();
}

}  // namespace surisim::engine
