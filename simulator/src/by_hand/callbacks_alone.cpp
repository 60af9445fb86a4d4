// Implements CallbacksAlone: runs single callbacks on the test's thread, which acts as a simulated
// thread: with its context, its ThreadVars and the flow locked.
//
// Source:  L5, L20, L25, L30 to L35.
#include <fmt/format.h>
#include <suricata/flow-callbacks.h>
#include <suricata/output-eve.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/host.hpp"
#include "abi/host_fields.hpp"
#include "abi/process_state.hpp"
#include "by_hand/by_hand_worker.hpp"
#include "by_hand/conversation.hpp"
#include "capture/captured_flow.hpp"
#include "decode/decode.hpp"
#include "outputs/eve.hpp"
#include "threads/flow_pool.hpp"
#include "threads/tm_threads.hpp"
#include "trace/context.hpp"
#include "traffic/flow_engine.hpp"
#include "traffic/modules.hpp"
#include "traffic/packet_source.hpp"

namespace surisim::engine {

namespace {

// In its scope the calling thread acts as `thread`.
class ActingAs {
 public:
  explicit ActingAs(Thread& thread) : own_(context()) {
    thread.context().clock.see(own_->clock.now());
    set_context(&thread.context());
  }
  ~ActingAs() {
    own_->clock.see(context()->clock.now());
    set_context(own_);
  }
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;

 private:
  Context* own_;
};

struct MadePacket {
  std::string frame;
  decode::Decoded decoded;  // of `frame`
  Packet packet{};
};

struct MadeFlow {
  Flow* flow;
  Conversation conversation;
  std::vector<std::unique_ptr<MadePacket>> packets = {};
};

ThreadSpec spec_of(std::string_view name) {
  ThreadSpec spec{.name = std::string(name)};
  const auto begins = [name](std::string_view with) { return name.starts_with(with); };
  if (begins("W#") || begins("RX#")) {
    spec.modules = 3;
    const std::size_t dash = name.find('-');
    if (dash != name.npos) {
      spec.printable_name = spec.name;
      spec.iface_name = spec.name.substr(dash + 1);
    }
  } else {
    spec.type = begins("US") || begins("DL#") ? TVT_CMD : TVT_MGMT;
    spec.function = spec.type == TVT_CMD ? ThreadFunction::command : ThreadFunction::management;
  }
  return spec;
}

class CallbacksByHand final : public OwnedCallbacksAlone {
 public:
  explicit CallbacksByHand(TmThreads& threads) : all_(threads) {}

  expected<ThreadVars*> add_thread(std::string_view name) override;
  expected<Flow*> add_flow(const FlowSpec& spec) override;
  expected<Packet*> add_packet(Flow* flow, const PacketSpec& spec) override;
  expected<void> thread_init(ThreadVars* tv) override;
  expected<void> flow_init(ThreadVars* tv, Flow* flow, Packet* packet) override;
  expected<void> flow_update(ThreadVars* tv, Flow* flow, Packet* packet) override;
  expected<void> flow_finish(ThreadVars* tv, Flow* flow) override;
  expected<std::string> eve_record(ThreadVars* tv, Flow* flow, Packet* packet) override;
  expected<void*> value(const ThreadVars* tv, std::string_view slot) override;
  expected<void*> value(const ThreadVars* tv, int slot) override;
  expected<void*> value(const Flow* flow, std::string_view slot) override;
  expected<void*> value(const Flow* flow, int slot) override;
  expected<void> free(ThreadVars* tv, Flow* flow) override;
  expected<void> free(ThreadVars* tv) override;
  void end() override;

 private:
  struct Arguments {
    Thread* thread;
    MadePacket* packet;  // null: none
  };

  std::optional<Error> ended() const;
  expected<Thread*> thread_of(const ThreadVars* tv) const;
  expected<MadeFlow*> flow_of(const Flow* flow);
  // Checks a callback's arguments. `packet` must be one of the flow; NULL only with `optional`.
  expected<Arguments> check(ThreadVars* tv, Flow* flow, const Packet* packet, bool optional);
  expected<std::unique_ptr<MadePacket>> decode(Conversation& conversation, const PacketSpec& spec);
  static expected<void*> value_in(const Storage* values, StorageEnum type, int slot);
  // Sets the thread running: its stage, its counters and its flags.
  static void start(Thread& thread);
  void open(Thread& thread, Flow& flow);
  // Returns run(thread, its counters), called while acting as the thread, with the flow locked.
  template <class Run>
  auto with_flow(const Arguments& arguments, Flow& flow, Run run);

  TmThreads& all_;
  FlowPool pool_;
  FlowBatch spare_;
  decode::Decoder decoder_{abi::host().decoding};
  std::uint64_t numbers_ = 0;  // of flows
  std::vector<Thread*> threads_;
  std::vector<std::unique_ptr<MadeFlow>> flows_;
  bool ended_ = false;
};

tl::unexpected<Error> refuse_alone(std::string why) {
  return fail(ErrorCode::invalid_option, std::move(why));
}

// Refuses an object that was never made or has been freed.
tl::unexpected<Error> refuse_unknown(const char* what, const void* object) {
  if (object == nullptr) return refuse_alone(fmt::format("there is no {}: it was not made", what));
  return refuse_alone(fmt::format("the {} has been freed, or belongs to another test", what));
}

std::optional<Error> CallbacksByHand::ended() const {
  if (!ended_) return std::nullopt;
  return Error{ErrorCode::wrong_phase, "the run has ended, and everything in it has been freed"};
}

expected<Thread*> CallbacksByHand::thread_of(const ThreadVars* tv) const {
  if (const auto why = ended()) return tl::unexpected<Error>(*why);
  for (Thread* thread : threads_) {
    if (thread->tv() == tv) return thread;
  }
  return refuse_unknown("thread", tv);
}

expected<MadeFlow*> CallbacksByHand::flow_of(const Flow* flow) {
  if (const auto why = ended()) return tl::unexpected<Error>(*why);
  for (const auto& made : flows_) {
    if (made->flow == flow) return made.get();
  }
  return refuse_unknown("flow", flow);
}

expected<CallbacksByHand::Arguments> CallbacksByHand::check(ThreadVars* tv, Flow* flow,
                                                            const Packet* packet, bool optional) {
  const auto thread = thread_of(tv);
  if (!thread) return tl::unexpected<Error>(thread.error());
  const auto owner = flow_of(flow);
  if (!owner) return tl::unexpected<Error>(owner.error());
  if (packet == nullptr && optional) return Arguments{*thread, nullptr};
  for (const auto& known : (*owner)->packets) {
    if (&known->packet == packet) return Arguments{*thread, known.get()};
  }
  if (packet == nullptr) return refuse_unknown("packet", packet);
  return refuse_alone("the packet does not belong to this flow");
}

expected<ThreadVars*> CallbacksByHand::add_thread(std::string_view name) {
  if (const auto why = ended()) return tl::unexpected<Error>(*why);
  if (name.empty()) return refuse_alone("expected a thread's name such as \"W#01\", got \"\"");
  Thread* const thread = all_.add_alone(spec_of(name), std::make_unique<IdleModule>(false));
  if (thread == nullptr)
    return fail(ErrorCode::out_of_memory, fmt::format("out of memory for thread {}", name));
  threads_.push_back(thread);
  return thread->tv();
}

expected<std::unique_ptr<MadePacket>> CallbacksByHand::decode(Conversation& conversation,
                                                              const PacketSpec& spec) {
  if (spec.fragments != 1)
    return refuse_alone(fmt::format(
        "expected a whole packet, got {} fragments: fragments have no flow (T4)", spec.fragments));
  auto frames = conversation.packet(spec);
  if (!frames) return refuse_alone(frames.error().message);
  auto made = std::make_unique<MadePacket>();
  made->frame = std::move(frames->front());
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(made->frame.data());
  bool first = true;
  decoder_.decode({kEthernet, kFirstPacketTime, {bytes, made->frame.size()}},
                  [&](const decode::Decoded& decoded) {
                    if (std::exchange(first, false)) made->decoded = decoded;
                  });
  const bool has_flow = made->decoded.rule != decode::FlowRule::none;
  fill_packet(made->packet, made->decoded, has_flow ? row_of(made->decoded.key) : 0);
  fill_capture(made->packet, made->decoded, 0);
  return made;
}

expected<Flow*> CallbacksByHand::add_flow(const FlowSpec& spec) {
  if (const auto why = ended()) return tl::unexpected<Error>(*why);
  auto conversation = Conversation::make(spec);
  if (!conversation) return refuse_alone(conversation.error().message);
  Conversation copy = *conversation;  // the packet is not sent
  auto first = decode(copy, {});
  if (!first) return tl::unexpected<Error>(first.error());
  const MadePacket& packet = **first;
  if (packet.decoded.rule == decode::FlowRule::none)
    return refuse_alone(fmt::format("packets of IP protocol {} have no flow (T10)", spec.proto));
  Flow* const flow = pool_.take(spare_);
  if (flow == nullptr) return fail(ErrorCode::out_of_memory, "out of memory for a Flow");
  fill_flow(*flow, packet.packet, packet.decoded);
  FlowSide& side = *side_of(flow);
  side.number = ++numbers_;
  side.data = {};
  side.tcp = {};
  flows_.push_back(std::make_unique<MadeFlow>(MadeFlow{flow, *std::move(conversation)}));
  return flow;
}

expected<Packet*> CallbacksByHand::add_packet(Flow* flow, const PacketSpec& spec) {
  const auto owner = flow_of(flow);
  if (!owner) return tl::unexpected<Error>(owner.error());
  auto made = decode((*owner)->conversation, spec);
  if (!made) return tl::unexpected<Error>(made.error());
  (*made)->packet.flow = flow;
  return &(*owner)->packets.emplace_back(*std::move(made))->packet;
}

// Thread init callbacks run on the thread that creates another, before that has an OS thread (L5).
expected<void> CallbacksByHand::thread_init(ThreadVars* tv) {
  const auto thread = thread_of(tv);
  if (!thread) return tl::unexpected<Error>(thread.error());
  abi::set_stage(SURICATA_INIT, false);
  TmThreads::run_init_callbacks(**thread);
  return {};
}

void CallbacksByHand::start(Thread& thread) {
  abi::set_stage(SURICATA_RUNTIME, false);
  abi::until_check = 1;  // always check what the callback overwrites
  if (thread.tv()->t != 0) return;
  thread.tv()->t = ::pthread_self();
  abi::notify(abi::ThreadChange{thread.tv(), abi::ThreadStage::spawned});
  abi::prepare_counters(thread.tv(), thread.name().c_str());
  thread.set_flags(THV_INIT_DONE | THV_RUNNING);
  thread.unset_flags(THV_PAUSE);
}

void CallbacksByHand::open(Thread& thread, Flow& flow) {
  FlowSide& side = *side_of(&flow);
  if (side.open.exchange(true)) return;
  thread.context().counters.flows.add();
  flow.thread_id[0] = static_cast<std::uint16_t>(abi::in_thread().id(*thread.tv()));
}

template <class Run>
auto CallbacksByHand::with_flow(const Arguments& arguments, Flow& flow, Run run) {
  Thread& thread = *arguments.thread;
  start(thread);
  const ActingAs acting(thread);
  const FlowLock lock(flow);
  open(thread, flow);
  return run(thread, thread.context().counters);
}

expected<void> CallbacksByHand::flow_init(ThreadVars* tv, Flow* flow, Packet* packet) {
  return check(tv, flow, packet, false).map([&](const Arguments& arguments) {
    with_flow(arguments, *flow, [&](Thread& thread, auto& counters) {
      record_flow(EventKind::flow_init, fields_of(*flow, packet->proto), &thread);
      SCFlowRunInitCallbacks(tv, flow, packet);
      counters.flow_init_callbacks.add(abi::state().flow_init.size());
    });
  });
}

expected<void> CallbacksByHand::flow_update(ThreadVars* tv, Flow* flow, Packet* packet) {
  return check(tv, flow, packet, false).map([&](const Arguments& arguments) {
    with_flow(arguments, *flow, [&](Thread& thread, auto& counters) {
      packet->flags |= PKT_HAS_FLOW;
      count_packet(*flow, *packet, arguments.packet->decoded, abi::in_thread().id(*tv));
      record_flow(EventKind::flow_update, fields_of(*flow, packet->proto), &thread);
      SCFlowRunUpdateCallbacks(tv, flow, packet);
      counters.flow_update_callbacks.add(abi::state().flow_update.size());
    });
  });
}

expected<void> CallbacksByHand::flow_finish(ThreadVars* tv, Flow* flow) {
  return check(tv, flow, nullptr, true).map([&](const Arguments& arguments) {
    with_flow(arguments, *flow, [&](Thread& thread, auto& counters) {
      record_flow(EventKind::flow_finish, fields_of(*flow), &thread);
      SCFlowRunFinishCallbacks(tv, flow);
      side_of(flow)->finished = true;
      counters.flow_finish_callbacks.add(abi::state().flow_finish.size());
    });
  });
}

expected<std::string> CallbacksByHand::eve_record(ThreadVars* tv, Flow* flow, Packet* packet) {
  const auto write = [&](Thread& thread, auto&) -> expected<std::string> {
    const bool alert = packet != nullptr;
    const EveRecord record_of =
        alert ? alert_record(*packet, nullptr) : flow_record(*flow, nullptr);
    if (record_of == nullptr) return fail(ErrorCode::out_of_memory, "out of memory for a record");
    if (thread.context().record_flows)
      record(EventKind::eve_callback, {.what = alert ? "alert" : "flow", .thread = &thread});
    SCEveRunCallbacks(tv, packet, flow, record_of.get());
    SCJbClose(record_of.get());
    return std::string(reinterpret_cast<const char*>(SCJbPtr(record_of.get())),
                       SCJbLen(record_of.get()));
  };
  return check(tv, flow, packet, true).and_then([&](const Arguments& arguments) {
    return with_flow(arguments, *flow, write);
  });
}

expected<void*> CallbacksByHand::value_in(const Storage* values, StorageEnum type, int slot) {
  return abi::state().storage.check(type, slot).map([&] { return values[slot].ptr; });
}

expected<void*> CallbacksByHand::value(const ThreadVars* tv, std::string_view slot) {
  return abi::state().storage.find(STORAGE_THREAD, slot).and_then([&](int id) {
    return value(tv, id);
  });
}

expected<void*> CallbacksByHand::value(const ThreadVars* tv, int slot) {
  return thread_of(tv).and_then(
      [&](Thread*) { return value_in(abi::in_thread().storage(tv), STORAGE_THREAD, slot); });
}

expected<void*> CallbacksByHand::value(const Flow* flow, std::string_view slot) {
  return abi::state().storage.find(STORAGE_FLOW, slot).and_then([&](int id) {
    return value(flow, id);
  });
}

expected<void*> CallbacksByHand::value(const Flow* flow, int slot) {
  return flow_of(flow).and_then(
      [&](MadeFlow*) { return value_in(flow->storage, STORAGE_FLOW, slot); });
}

expected<void> CallbacksByHand::free(ThreadVars* tv, Flow* flow) {
  return check(tv, flow, nullptr, true).map([&](const Arguments& arguments) {
    with_flow(arguments, *flow, [flow](Thread&, auto& counters) {
      const End how = side_of(flow)->finished ? End::recycler : End::bucket;
      FlowPool::clear(*flow);
      counters.ends[static_cast<std::size_t>(how)].add();
    });
    std::erase_if(flows_, [flow](const auto& made) { return made->flow == flow; });
    spare_.push_back(flow);
  });
}

expected<void> CallbacksByHand::free(ThreadVars* tv) {
  const auto thread = thread_of(tv);
  if (!thread) return tl::unexpected<Error>(thread.error());
  all_.free_alone(**thread);
  std::erase(threads_, *thread);
  return {};
}

void CallbacksByHand::end() {
  if (std::exchange(ended_, true)) return;
  for (const auto& made : flows_) {
    if (side_of(made->flow)->open.load()) FlowEngine::free_at_shutdown(*made->flow);
  }
  flows_.clear();
  for (Thread* thread : threads_) all_.free_alone(*thread);
  threads_.clear();
}

}  // namespace

std::unique_ptr<OwnedCallbacksAlone> make_callbacks_alone(TmThreads& threads) {
  return std::make_unique<CallbacksByHand>(threads);
}

}  // namespace surisim::engine
