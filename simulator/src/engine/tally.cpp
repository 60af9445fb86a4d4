// Adds up counters by thread and values by slot, for the Summary.
#include "engine/engine.hpp"

#include <algorithm>

#include "abi/process_state.hpp"

namespace surisim::engine {

namespace {

const char* kind_of(int type) {
  return type == TVT_PPT ? "packet" : type == TVT_MGMT ? "management" : "command";
}

constexpr std::size_t kKinds = CallbackCounts::kOfFlow + 1;

std::string kind_of_callback(std::size_t kind) {
  if (kind == CallbackCounts::kOfFlow) return "flow Free";
  const auto callback = static_cast<JournalCallback>(kind);
  return callback == JournalCallback::free_value ? "thread Free" : to_string(callback);
}

std::uint64_t ended(const ThreadCounters& counters, End end) {
  return counters.ends[static_cast<std::size_t>(end)].get();
}

}  // namespace

void Tally::add(const Context& context, bool flow_worker) {
  const ThreadCounters& c = context.counters;
  for (std::size_t kind = 0; context.instructions != nullptr && kind < kKinds; ++kind)
    for (const auto& [instructions, calls] : context.instructions->calls[kind])
      instructions_[{kind, context.os_name}][instructions] += calls;
  add_values(thread_values_, context.thread_values, context.os_name);
  add_values(flow_values_, context.flow_values, context.os_name);
  sums_.capture.files += c.files.get();
  sums_.capture.records += c.records.get();
  sums_.capture.bytes += c.record_bytes.get();
  sums_.capture.derived += c.derived.get();
  if (flow_worker) {
    sums_.packets += c.packets.get();
    sums_.packets_no_flow += c.packets_no_flow.get();
    sums_.bytes += c.bytes.get();
  }
  sums_.flow_init_callbacks += c.flow_init_callbacks.get();
  sums_.flow_update_callbacks += c.flow_update_callbacks.get();
  sums_.flow_finish_callbacks += c.flow_finish_callbacks.get();
  flows_.started += c.flows.get();
  flows_.tcp += c.tcp.get();
  flows_.udp += c.udp.get();
  flows_.icmp += c.icmp.get();
  flows_.sctp += c.sctp.get();
  flows_.other += c.other.get();
  flows_.ipv4 += c.ipv4.get();
  flows_.ipv6 += c.ipv6.get();
  flows_.finished_by_recycler += ended(c, End::recycler);
  flows_.finished_at_shutdown += ended(c, End::shutdown_recycler);
  flows_.finished_by_worker += ended(c, End::pressure);
  flows_.ended_in_bucket += ended(c, End::bucket);
  flows_.ended_by_reuse += ended(c, End::reuse);
  flows_.ended_handed_back += ended(c, End::handed_back);
  flows_.ended_at_shutdown += ended(c, End::shutdown_worker);
  flows_.ended_by_backstop += ended(c, End::backstop);
}

void Tally::add_thread(const Thread& thread) {
  const ThreadCounters& c = thread.context().counters;
  ThreadSummary line;
  line.name = thread.name();
  line.kind = kind_of(thread.spec().type);
  line.id = thread.id();
  line.started = thread.was_started();
  line.init_callbacks = thread.init_callbacks.get();
  line.flow_init = c.flow_init_callbacks.get();
  line.flow_update = c.flow_update_callbacks.get();
  line.flow_finish = c.flow_finish_callbacks.get();
  line.packets = c.packets.get();
  threads_.push_back(std::move(line));
  sums_.thread_init_callbacks += thread.init_callbacks.get();
  add(thread.context(), thread.module().handles_flows());
}

void Tally::keep(std::size_t thread_slot) {
  if (thread_values_.size() <= thread_slot) thread_values_.resize(thread_slot + 1);
  ++thread_values_[thread_slot].kept;
}

void Tally::add_values(std::vector<Values>& into, const std::vector<ValueCounters>& from,
                       const std::string& os_name) {
  if (into.size() < from.size()) into.resize(from.size());
  for (std::size_t slot = 0; slot < from.size(); ++slot) {
    const std::uint64_t made = from[slot].made.get();
    const std::uint64_t freed = from[slot].freed.get();
    const std::uint64_t taken = from[slot].taken.get();
    if (made + freed + taken == 0) continue;
    Values& values = into[slot];
    values.made += made;
    values.freed += freed;
    values.taken += taken;
    const auto known = std::find_if(values.on.begin(), values.on.end(),
                                    [&](const auto& on) { return on.thread == os_name; });
    ValueSummary::On& on =
        known != values.on.end() ? *known : values.on.emplace_back(ValueSummary::On{os_name, 0, 0});
    on.made += made;
    on.freed += freed;
  }
}

void Tally::write_values(Summary& summary, const std::vector<Values>& values, StorageEnum type) {
  for (std::size_t id = 0; id < values.size(); ++id) {
    const Values& v = values[id];
    ValueSummary line;
    line.slot = abi::state().storage.name_of(type, static_cast<int>(id));
    const bool own =
        std::any_of(summary.own_slots.begin(), summary.own_slots.end(), [&](const SlotInfo& slot) {
          return slot.id == static_cast<int>(id) && slot.name == line.slot &&
                 slot.type == (type == STORAGE_THREAD ? "thread" : "flow");
        });
    if (own && v.made == 0) continue;
    line.storage = type == STORAGE_THREAD ? "thread" : "flow";
    line.made = v.made;
    line.freed = v.freed;
    line.taken = v.taken;
    line.kept = v.kept;
    const std::uint64_t gone = v.freed + v.taken + v.kept;
    line.left = v.made > gone ? v.made - gone : 0;
    line.on = v.on;
    summary.values.push_back(std::move(line));
  }
}

void Tally::write(InstructionCounts& counts) const {
  for (const auto& [of, calls] : instructions_) {
    // Constructors run before the file is translated, so they are not counted.
    if (of.first == static_cast<std::size_t>(JournalCallback::open)) continue;
    counts.callbacks.push_back(
        {kind_of_callback(of.first), of.second, {calls.begin(), calls.end()}});
  }
}

void Tally::write(Summary& summary, bool exited) const {
  summary.threads = threads_;
  summary.flows = flows_;
  if (exited)
    summary.flows.lost_by_exit = flows_.started - flows_.with_finish() - flows_.without_finish();
  summary.capture = sums_.capture;
  summary.packets = sums_.packets;
  summary.packets_no_flow = sums_.packets_no_flow;
  summary.bytes = sums_.bytes;
  summary.thread_init_callbacks = sums_.thread_init_callbacks;
  summary.flow_init_callbacks = sums_.flow_init_callbacks;
  summary.flow_update_callbacks = sums_.flow_update_callbacks;
  summary.flow_finish_callbacks = sums_.flow_finish_callbacks;
  write_values(summary, thread_values_, STORAGE_THREAD);
  write_values(summary, flow_values_, STORAGE_FLOW);
}

}  // namespace surisim::engine
