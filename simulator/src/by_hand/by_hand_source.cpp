// The PacketSource of traffic that a test sends: turns the test's calls [main] into commands for
// workers, and waits for them.
//
// Source:  L30 to L37, T1, T12 to T14.
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/host.hpp"
#include "abi/process_state.hpp"
#include "by_hand/by_hand_worker.hpp"
#include "by_hand/conversation.hpp"
#include "threads/simulated_thread.hpp"
#include "threads/thread_names.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

namespace {

std::string proto_name(std::uint8_t proto) {
  switch (proto) {
    case IPPROTO_TCP:
      return "TCP";
    case IPPROTO_UDP:
      return "UDP";
    case IPPROTO_ICMP:
      return "ICMP";
    case IPPROTO_ICMPV6:
      return "ICMPv6";
    case IPPROTO_SCTP:
      return "SCTP";
    default:
      return fmt::format("IP protocol {}", proto);
  }
}

// A flow that the test has added.
struct TestFlow {
  FlowSpec spec;
  Conversation conversation;
  FlowLookup lookup = {};    // once it has started
  std::uint32_t worker = 0;  // index
  Flow* memory = nullptr;    // once it has started
  // Of the flow that its packets started last; 0: none yet, or never, as with protocols that have
  // no flows (T10).
  std::uint64_t number = 0;
};

// How long a flow must have been idle before a worker may take it under memory pressure, µs (L31).
std::int64_t least_idle(const Flow& flow) {
  constexpr std::int64_t kSecond = 1'000'000;
  switch (abi::in_flow().flow_state(flow)) {
    case FLOW_STATE_NEW:
      return kSecond + 1;
    case FLOW_STATE_ESTABLISHED:
      return 5 * kSecond + 1;
    case FLOW_STATE_CLOSED:
      return 3 * kSecond + 1;
    default:
      return 30 * kSecond + 1;
  }
}

class ByHandSource final : public PacketSource, public Traffic {
 public:
  explicit ByHandSource(const Options& options);

  std::unique_ptr<FlowWorker> make_worker(FlowEngine& engine, std::uint32_t index) override;
  std::unique_ptr<Module> make_receiver(FlowEngine& engine, std::uint32_t index,
                                        std::vector<PacketQueue*> queues) override;
  Traffic* by_hand() override { return this; }
  void end() override { commands_.end(); }

  expected<FlowId> add_flow(FlowSpec spec) override;
  expected<void> change_flow(FlowId flow, FlowSpec spec) override;
  expected<FlowSpec> spec_of(FlowId flow) const override;
  std::string name_of(FlowId flow) const override;
  expected<Sent> send(FlowId flow, const PacketSpec& packet) override;
  expected<Sent> send_raw(std::string_view frame, std::uint32_t worker) override;
  expected<Sent> reuse(FlowId flow) override;
  expected<void> end(FlowId flow, FlowEnd how, std::uint32_t worker) override;
  expected<void> pass(std::chrono::microseconds time, bool asleep) override;
  std::uint64_t number_of(FlowId flow) const override;
  bool is_open(FlowId flow) override;
  expected<void*> value(FlowId flow, std::string_view slot) override;
  expected<void*> value(FlowId flow, int slot) override;
  expected<std::string> worker_name(std::uint32_t worker) const override;
  expected<void> hold(std::string_view thread, std::optional<FlowPoint> point) override;
  expected<void> release(std::string_view thread) override { return commands_.release(thread); }
  std::string held() const override { return commands_.held(); }
  std::string missed() const override { return commands_.missed(); }

 private:
  using FlowAction = std::function<void(ByHandWorker&, Thread&, TrackedFlow&)>;

  // Sends frames to a worker. `own`: the Flow that they belong to becomes that of `flow`.
  expected<Sent> deliver(TestFlow* flow, const std::vector<std::string>& frames,
                         std::uint32_t worker, bool reuse, bool own = true);
  expected<TestFlow> make(FlowSpec spec) const;
  std::uint32_t worker_of(const TestFlow& flow, PacketSpec first) const;
  TestFlow* find(FlowId flow) { return const_cast<TestFlow*>(std::as_const(*this).find(flow)); }
  const TestFlow* find(FlowId flow) const;
  expected<void> check_worker(std::uint32_t worker) const;
  static std::string describe(const TestFlow& flow);
  // Runs `action`, which must not run callbacks, on the flow's worker; an error if the flow is not
  // open.
  expected<void> run_on_flow(const TestFlow& flow, const FlowAction& action);
  // Call it while the flow's worker is held or idle. Null: the flow is not open.
  const Flow* memory_of(const TestFlow& flow);
  expected<void> time_out(std::uint32_t worker, const FlowLookup& lookup, std::uint64_t number);
  expected<void> time_out(const TestFlow& flow);
  expected<void> take_out(const TestFlow& flow, FlowEnd how, std::uint32_t worker);
  // Advances packet time to `time`, unless it is later already.
  void pass_to(std::int64_t time) { shared_.now = std::max(shared_.now, time); }

  const Options& options_;
  ByHandShared shared_;
  Commands commands_;
  const std::vector<std::string>& names_ = commands_.workers();  // of workers
  std::vector<const ByHandWorker*> workers_;
  std::deque<TestFlow> flows_;
  std::uint64_t packets_ = 0;
};

std::vector<std::string> names_with(const Options& options, std::vector<std::string> prefixes) {
  std::vector<std::string> names = thread_names(options);
  std::erase_if(names, [&](const std::string& name) {
    return std::none_of(prefixes.begin(), prefixes.end(),
                        [&](const std::string& prefix) { return name.starts_with(prefix); });
  });
  return names;
}

ByHandSource::ByHandSource(const Options& options)
    : options_(options),
      commands_(names_with(options, {"W#"}), names_with(options, {"W#", "FR#"}),
                options.limits.by_hand_ms) {
  shared_.now = kFirstPacketTime;
}

std::unique_ptr<FlowWorker> ByHandSource::make_worker(FlowEngine& engine, std::uint32_t index) {
  if (index == 0) {
    shared_.checksums.configure();
    engine.watch = &commands_;
  }
  auto worker = std::make_unique<ByHandWorker>(engine, index, shared_, commands_.answers());
  workers_.push_back(worker.get());
  if (options_.mode != Mode::autofp) commands_.add_input(worker->commands());
  return worker;
}

// The first receiver gets all commands.
std::unique_ptr<Module> ByHandSource::make_receiver(FlowEngine& engine, std::uint32_t,
                                                    std::vector<PacketQueue*> queues) {
  auto receiver = std::make_unique<ByHandReceiver>(engine, std::move(queues), commands_.answers());
  commands_.add_input(receiver->commands());
  return receiver;
}

expected<void> ByHandSource::check_worker(std::uint32_t worker) const {
  if (worker >= 1 && worker <= names_.size()) return {};
  return refuse_traffic("there is no worker {}; there are {}, from 1", worker, names_.size());
}

expected<std::string> ByHandSource::worker_name(std::uint32_t worker) const {
  if (const auto known = check_worker(worker); !known) return tl::unexpected<Error>(known.error());
  return names_[worker - 1];
}

expected<TestFlow> ByHandSource::make(FlowSpec spec) const {
  auto conversation = Conversation::make(spec);
  if (!conversation) return tl::unexpected<Error>(conversation.error());
  if (spec.worker != 0) {
    if (const auto known = check_worker(spec.worker); !known)
      return tl::unexpected<Error>(known.error());
  }
  return TestFlow{std::move(spec), *std::move(conversation)};
}

// The worker that the hash of the flow's first packet picks. Fragments have no flow, so the packet
// is hashed as a whole.
std::uint32_t ByHandSource::worker_of(const TestFlow& flow, PacketSpec first) const {
  if (flow.spec.worker != 0) return flow.spec.worker - 1;
  first.fragments = 1;
  Conversation conversation = flow.conversation;
  const std::string frame = conversation.packet(first)->front();
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(frame.data());
  std::uint32_t row = 0;
  decode::Decoder().decode({kEthernet, shared_.now, {bytes, frame.size()}},
                           [&](const decode::Decoded& decoded) {
                             if (decoded.rule != decode::FlowRule::none) row = row_of(decoded.key);
                           });
  return row % static_cast<std::uint32_t>(names_.size());
}

expected<FlowId> ByHandSource::add_flow(FlowSpec spec) {
  auto flow = make(std::move(spec));
  if (!flow) return tl::unexpected<Error>(flow.error());
  flows_.push_back(*std::move(flow));
  return flows_.size();
}

expected<void> ByHandSource::change_flow(FlowId id, FlowSpec spec) {
  TestFlow* const flow = find(id);
  if (flow == nullptr) return refuse_traffic("there is no flow {}", id);
  if (flow->number != 0)
    return refuse_traffic("{} has started: it can be changed only before its first packet",
                          describe(*flow));
  auto changed = make(std::move(spec));
  if (!changed) return tl::unexpected<Error>(changed.error());
  *flow = *std::move(changed);
  return {};
}

const TestFlow* ByHandSource::find(FlowId flow) const {
  return flow >= 1 && flow <= flows_.size() ? &flows_[flow - 1] : nullptr;
}

expected<FlowSpec> ByHandSource::spec_of(FlowId flow) const {
  const TestFlow* const found = find(flow);
  if (found == nullptr) return refuse_traffic("there is no flow {}", flow);
  return found->spec;
}

std::string ByHandSource::name_of(FlowId id) const {
  const TestFlow* const flow = find(id);
  return flow != nullptr ? describe(*flow) : "";
}

std::string ByHandSource::describe(const TestFlow& flow) {
  return fmt::format("{} {} > {}", proto_name(flow.spec.proto), flow.spec.client, flow.spec.server);
}

std::uint64_t ByHandSource::number_of(FlowId flow) const {
  const TestFlow* const found = find(flow);
  return found != nullptr ? found->number : 0;
}

expected<Sent> ByHandSource::deliver(TestFlow* flow, const std::vector<std::string>& frames,
                                     std::uint32_t worker, bool reuse, bool own) {
  Sent sent{0, 0, names_[worker]};
  const auto note_flow = [flow, own](std::uint64_t number, const FlowLookup& lookup, Flow* memory) {
    if (flow == nullptr || !own || number == 0) return;
    flow->number = number;
    flow->lookup = lookup;
    flow->memory = memory;
  };
  for (const std::string& frame : frames) {
    const auto delivery = std::make_shared<ByHandWorker::Delivery>();
    delivery->frame = frame;
    delivery->reuse = reuse;
    if (!is_live(capture_of(options_))) delivery->record = packets_ + 1;
    const auto done = commands_.run(
        worker, [delivery](ByHandWorker& on, Thread& thread) { on.receive(thread, *delivery); },
        [delivery, note_flow] { note_flow(delivery->flow, delivery->lookup, delivery->memory); });
    if (!done) return tl::unexpected<Error>(done.error());
    if (delivery->refused)
      return refuse_traffic(
          "{} cannot be reused: its session is not closed; close() it first (T13)",
          describe(*flow));
    sent.packet = ++packets_;
    if (!*done) {
      const Hold& hold = *commands_.held_on(names_[worker]);
      // The packet may also end other flows, and its thread be held there.
      const bool holds_own_flow =
          hold.point == FlowPoint::flow_init || hold.point == FlowPoint::flow_update ||
          hold.point == FlowPoint::after_flow_init || hold.point == FlowPoint::after_flow_update;
      if (!holds_own_flow) return sent;
      note_flow(hold.flow, flow != nullptr ? flow->lookup : FlowLookup(), hold.memory);
      sent.flow = hold.flow;
      return sent;
    }
    if (delivery->flow != 0) sent.flow = delivery->flow;
  }
  return sent;
}

expected<Sent> ByHandSource::send(FlowId id, const PacketSpec& packet) {
  TestFlow* const flow = find(id);
  if (flow == nullptr) return refuse_traffic("there is no flow {}", id);
  Conversation after = flow->conversation;
  const auto frames = after.packet(packet);
  if (!frames) return refuse_traffic("{}: {}", describe(*flow), frames.error().message);
  if (flow->number == 0) flow->worker = worker_of(*flow, packet);
  // An ICMP error may have no flow, or over IPv6 a different one (T6, T8).
  auto sent = deliver(flow, *frames, flow->worker, false, !packet.icmp_error);
  if (sent) flow->conversation = std::move(after);
  return sent;
}

expected<Sent> ByHandSource::send_raw(std::string_view frame, std::uint32_t worker) {
  if (const auto known = check_worker(worker); !known) return tl::unexpected<Error>(known.error());
  return deliver(nullptr, {std::string(frame)}, worker - 1, false);
}

expected<Sent> ByHandSource::reuse(FlowId id) {
  TestFlow* const flow = find(id);
  if (flow == nullptr) return refuse_traffic("there is no flow {}", id);
  if (flow->spec.proto != IPPROTO_TCP)
    return refuse_traffic("{} cannot be reused: only TCP flows can (L32)", describe(*flow));
  if (!is_open(id)) return refuse_traffic("{} cannot be reused: it is not open", describe(*flow));
  Conversation again = flow->conversation;
  again.restart();
  const auto frames = again.packet({.tcp_flags = kTcpSyn});
  auto sent = deliver(flow, *frames, flow->worker, true);
  if (!sent) return sent;
  flow->conversation = std::move(again);
  return sent;
}

expected<void> ByHandSource::run_on_flow(const TestFlow& flow, const FlowAction& action) {
  bool open = false;
  if (flow.number != 0) {
    const auto looked = commands_.run(flow.worker, [&](ByHandWorker& worker, Thread& thread) {
      TrackedFlow* const tracked = worker.at(flow.lookup);
      open = tracked != nullptr && side_of(tracked->flow)->number == flow.number;
      if (open) action(worker, thread, *tracked);
    });
    if (!looked) return tl::unexpected<Error>(looked.error());
  }
  if (open) return {};
  return refuse_traffic("{} is not open: it {}", describe(flow),
                        flow.number != 0 ? "has ended" : "has had no packet that starts a flow");
}

const Flow* ByHandSource::memory_of(const TestFlow& flow) {
  if (flow.number == 0) return nullptr;
  const FlowSide& side = *side_of(flow.memory);
  return side.number == flow.number && side.open.load() ? flow.memory : nullptr;
}

bool ByHandSource::is_open(FlowId id) {
  const TestFlow* const flow = find(id);
  return flow != nullptr && memory_of(*flow) != nullptr;
}

expected<void> ByHandSource::end(FlowId id, FlowEnd how, std::uint32_t worker) {
  TestFlow* const flow = find(id);
  if (flow == nullptr) return refuse_traffic("there is no flow {}", id);
  const bool by_worker = how == FlowEnd::hash_row || how == FlowEnd::memory_pressure;
  if (worker != 0) {
    if (!by_worker)
      return refuse_traffic(
          "{}: a worker can be chosen for an end in its hash row or under memory pressure",
          describe(*flow));
    if (auto known = check_worker(worker); !known) return known;
  }
  switch (how) {
    case FlowEnd::time_out:
      return time_out(*flow);
    case FlowEnd::hash_row:
    case FlowEnd::memory_pressure:
      return take_out(*flow, how, worker != 0 ? worker - 1 : flow->worker);
    case FlowEnd::shutdown:
    case FlowEnd::shutdown_hand_back:
    case FlowEnd::shutdown_backstop:
      break;
  }
  if (how == FlowEnd::shutdown_hand_back && flow->spec.proto != IPPROTO_TCP)
    return refuse_traffic("{} cannot be handed back: only TCP flows can (L32)", describe(*flow));
  return run_on_flow(*flow, [&](ByHandWorker& on, Thread&, TrackedFlow&) {
    on.choose_at_shutdown(flow->number, how);
  });
}

expected<void> ByHandSource::time_out(const TestFlow& flow) {
  std::int64_t due = 0;
  if (auto open = run_on_flow(
          flow,
          [&](ByHandWorker&, Thread&, TrackedFlow& tracked) { due = times_out_at(*tracked.flow); });
      !open)
    return open;
  pass_to(due);
  return time_out(flow.worker, flow.lookup, flow.number);
}

expected<void> ByHandSource::time_out(std::uint32_t worker, const FlowLookup& lookup,
                                      std::uint64_t number) {
  const auto recycled = std::make_shared<Latch>(1);
  const auto start = [&]() -> expected<void> {
    const auto passed = commands_.run(worker, [&](ByHandWorker& on, Thread& thread) {
      on.time_out(thread, *on.at(lookup), *recycled);
    });
    if (!passed) return tl::unexpected<Error>(passed.error());
    return {};
  };
  const auto ended = commands_.run_to_end(number, start, [recycled] { recycled->wait(); });
  if (!ended) return tl::unexpected<Error>(ended.error());
  return {};
}

// The flow ends on its own worker or on another one (L32).
expected<void> ByHandSource::take_out(const TestFlow& flow, FlowEnd how, std::uint32_t worker) {
  const bool in_row = how == FlowEnd::hash_row;
  // Check first: once the flow is out of the table, it must end.
  if (const Hold* hold = commands_.held_on(names_[worker]))
    return refuse_traffic("the end of {} waits for {}, which is held: release it first",
                          describe(flow), hold->thread);
  Flow* taken = nullptr;
  if (auto out =
          run_on_flow(flow,
                      [&](ByHandWorker& on, Thread&, TrackedFlow& tracked) {
                        const Flow& idle = *tracked.flow;
                        pass_to(in_row ? times_out_at(idle)
                                       : micros_of(abi::in_flow().lastts(idle)) + least_idle(idle));
                        taken = on.take(tracked);
                      });
      !out)
    return out;
  const auto ended = commands_.run(worker, [in_row, taken](ByHandWorker& on, Thread& thread) {
    in_row ? on.end_in_row(thread, taken) : on.end_under_pressure(thread, taken);
  });
  if (!ended) return tl::unexpected<Error>(ended.error());
  return {};
}

expected<void> ByHandSource::pass(std::chrono::microseconds time, bool asleep) {
  if (time.count() < 0) return refuse_traffic("time cannot pass backwards: {} µs", time.count());
  if (auto open = commands_.check_open(); !open) return open;
  const std::int64_t then = shared_.now + time.count();
  const auto late_on = [&](std::uint32_t worker) { return workers_[worker]->timed_out_by(then); };
  // Check everything first, so that a call that is refused does nothing.
  bool any = false;
  for (std::uint32_t worker = 0; !asleep && worker < names_.size(); ++worker) {
    const auto late = late_on(worker);
    any = any || !late.empty();
    if (!late.empty() && commands_.held_on(names_[worker]) != nullptr)
      return refuse_traffic(
          "flow {} has timed out, and the flow manager waits for {}, but {}: release it first",
          late.front().first, names_[worker],
          commands_.describe(*commands_.held_on(names_[worker])));
  }
  if (any) {
    if (auto free = commands_.check_recyclers(); !free) return free;
  }
  shared_.now = then;
  for (std::uint32_t worker = 0; !asleep && worker < names_.size(); ++worker) {
    for (const auto& [number, lookup] : late_on(worker)) {
      if (auto ended = time_out(worker, lookup, number); !ended) return ended;
    }
  }
  return {};
}

expected<void*> ByHandSource::value(FlowId id, std::string_view slot) {
  return abi::state().storage.find(STORAGE_FLOW, slot).and_then([&](int slot_id) {
    return value(id, slot_id);
  });
}

expected<void*> ByHandSource::value(FlowId id, int slot) {
  const TestFlow* const flow = find(id);
  if (flow == nullptr) return refuse_traffic("there is no flow {}", id);
  if (auto known = abi::state().storage.check(STORAGE_FLOW, slot); !known)
    return tl::unexpected<Error>(known.error());
  if (const Flow* memory = memory_of(*flow)) return memory->storage[slot].ptr;
  return refuse_traffic("{} is not open", describe(*flow));
}

expected<void> ByHandSource::hold(std::string_view thread, std::optional<FlowPoint> point) {
  return commands_.hold(thread, point);
}

}  // namespace

std::unique_ptr<PacketSource> make_by_hand_source(const Options& options) {
  return std::make_unique<ByHandSource>(options);
}

}  // namespace surisim::engine
