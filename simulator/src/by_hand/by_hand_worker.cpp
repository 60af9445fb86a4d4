// Sends a test's commands to workers, waits for them and holds threads; executes the commands on
// the workers.
#include "by_hand/by_hand_worker.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "by_hand/conversation.hpp"
#include "threads/simulated_thread.hpp"

namespace surisim::engine {
namespace {

const char* name_of(FlowPoint point) {
  constexpr const char* kNames[] = {
      "in flow init",      "in flow update",  "in an EVE callback", "in flow finish",
      "in a Free",         "after flow init", "after flow update",  "after an EVE callback",
      "after flow finish", "after a Free"};
  return kNames[static_cast<std::size_t>(point)];
}

bool is_before(FlowPoint point) { return point < FlowPoint::after_flow_init; }

}  // namespace

bool CommandQueue::send(Command& command) {
  const MutexLock lock(mutex_);
  if (closed_) return false;
  commands_.push(&command);
  return true;
}

void CommandQueue::close(Answers& answers) {
  const MutexLock lock(mutex_);
  closed_ = true;
  while (auto command = commands_.try_pop()) {
    if (*command == nullptr) continue;
    (*command)->refused = true;
    answers.push({.done = (*command)->operation});
  }
}

expected<void> Commands::check_open() const {
  if (!ended_) return {};
  return fail(ErrorCode::wrong_phase, "the traffic of this thread lifecycle has ended");
}

expected<bool> Commands::run(std::uint32_t worker, WorkerAction action,
                             std::function<void()> then) {
  if (const auto open = check_open(); !open) return tl::unexpected<Error>(open.error());
  if (const Hold* hold = held_on(workers_[worker]))
    return refuse_traffic("this waits for {}, but {}: release it first", workers_[worker],
                          describe(*hold));
  const Operation operation = ++last_operation_;
  Pending& pending = pending_[operation];
  pending.command.operation = operation;
  pending.command.worker = worker;
  pending.command.action = std::move(action);
  pending.thread = workers_[worker];
  bool refused = !inputs_[inputs_.size() == 1 ? 0 : worker]->send(pending.command);
  pending.then = [&refused, &pending] { refused = pending.command.refused; };
  bool done = true;
  if (!refused) {
    // Only a command that has started can be held, and then it is no longer refused.
    done = wait_for(operation);
    if (!done) pending_.at(operation).then = then;
  } else {
    pending_.erase(operation);
  }
  if (refused)
    return refuse_traffic(
        "thread {} no longer takes packets: it has failed, or traffic was stopped",
        workers_[worker]);
  if (done && then) then();
  return done;
}

expected<void> Commands::check_recyclers() const {
  for (const std::string& thread : threads_) {
    const Hold* const hold = thread.starts_with("FR#") ? held_on(thread) : nullptr;
    if (hold != nullptr)
      return refuse_traffic("this waits for {}, but {}: release it first", thread, describe(*hold));
  }
  return {};
}

expected<bool> Commands::run_to_end(std::uint64_t flow,
                                    const std::function<expected<void>()>& start,
                                    std::function<void()> then) {
  if (const auto free = check_recyclers(); !free) return tl::unexpected<Error>(free.error());
  const Operation operation = ++last_operation_;
  Pending& pending = pending_[operation];
  pending.ending = flow;
  pending.then = std::move(then);
  if (const auto started = start(); !started) {
    pending_.erase(operation);
    return tl::unexpected<Error>(started.error());
  }
  return wait_for(operation);
}

bool Commands::waits_for(const Pending& pending, const Hold& hold) {
  return pending.thread == hold.thread || (pending.ending != 0 && pending.ending == hold.flow);
}

bool Commands::is_held_up(const Pending& pending) const {
  const MutexLock lock(mutex_);
  return std::any_of(holds_.begin(), holds_.end(), [&](const Hold& hold) {
    return hold.state == Hold::State::held && waits_for(pending, hold);
  });
}

// A hold can be seen here before its answer arrives.
bool Commands::wait_for(Operation operation) {
  while (pending_.contains(operation)) {
    if (is_held_up(pending_.at(operation))) return false;
    const Deadline deadline = limit_ms_ != 0 ? Deadline(deadline_in(limit_ms_)) : Deadline();
    const auto answer = answers_.pop_until(deadline);
    if (!answer) give_up(pending_.at(operation));
    if (answer->done != 0) {
      complete(answer->done);
    } else if (answer->ended != 0) {
      const auto ending = std::find_if(pending_.begin(), pending_.end(), [&](const auto& one) {
        return one.second.ending == answer->ended;
      });
      if (ending != pending_.end()) complete(ending->first);
    }
  }
  return true;
}

void Commands::complete(Operation operation) {
  const auto found = pending_.find(operation);
  if (found == pending_.end()) return;
  if (found->second.then) found->second.then();
  pending_.erase(found);
}

void Commands::give_up(const Pending& pending) const {
  std::string text = fmt::format(
      "surisim: this call cannot return: it waits for {}, and nothing has happened for {} ms\n",
      pending.ending != 0 ? fmt::format("the end of flow {}", pending.ending) : pending.thread,
      limit_ms_);
  const MutexLock lock(mutex_);
  for (const auto& [thread, at] : last_) {
    const bool held = std::any_of(holds_.begin(), holds_.end(), [&, &name = thread](auto& hold) {
      return hold.state == Hold::State::held && hold.thread == name;
    });
    if (held || is_before(at.first))
      text += fmt::format("  {} is {}{} of flow {}\n", thread, held ? "held " : "",
                          name_of(at.first), at.second);
  }
  std::fputs(text.c_str(), stderr);
  std::abort();
}

expected<void> Commands::hold(std::string_view thread, std::optional<FlowPoint> point) {
  if (auto open = check_open(); !open) return open;
  if (!thread.empty() && std::find(threads_.begin(), threads_.end(), thread) == threads_.end())
    return refuse_traffic("thread {} runs no flow callbacks; expected one of {}", thread,
                          fmt::join(threads_, ", "));
  if (const Hold* hold = held_on(thread))
    return refuse_traffic("{}: release it first", describe(*hold));
  const MutexLock lock(mutex_);
  holds_.emplace_back(thread, point);
  return {};
}

void Commands::open(Hold& hold) {
  hold.state = Hold::State::released;
  hold.gate.open();
}

expected<void> Commands::release(std::string_view thread) {
  std::vector<Operation> continuing;
  bool any = false;
  {
    const MutexLock lock(mutex_);
    for (Hold& hold : holds_) {
      if (hold.state == Hold::State::released || !(thread.empty() || hold.thread == thread))
        continue;
      if (hold.state == Hold::State::held) {
        any = true;
        for (const auto& [operation, pending] : pending_) {
          if (waits_for(pending, hold)) continuing.push_back(operation);
        }
      }
      open(hold);
    }
  }
  for (const Operation operation : continuing) (void)wait_for(operation);
  if (any) return {};
  return refuse_traffic("{} is not held: it has not reached the point",
                        thread.empty() ? "no thread" : thread);
}

const Hold* Commands::held_on(std::string_view thread) const {
  const MutexLock lock(mutex_);
  for (const Hold& hold : holds_) {
    if (hold.state == Hold::State::held && hold.thread == thread) return &hold;
  }
  return nullptr;
}

std::string Commands::describe(const Hold& hold) {
  return fmt::format("{} is held {} of flow {}", hold.thread, name_of(*hold.point), hold.flow);
}

std::string Commands::held() const {
  const MutexLock lock(mutex_);
  for (const Hold& hold : holds_) {
    if (hold.state == Hold::State::held) return describe(hold);
  }
  return "";
}

std::string Commands::missed() const {
  const MutexLock lock(mutex_);
  for (const Hold& hold : holds_) {
    if (hold.state != Hold::State::armed) continue;
    return fmt::format("{} was to be held {}, but {}",
                       hold.thread.empty() ? "a thread" : hold.thread,
                       hold.point ? name_of(*hold.point) : "in a callback",
                       hold.thread.empty() ? "none has got there" : "has not got there");
  }
  return "";
}

void Commands::end() {
  if (std::exchange(ended_, true)) return;
  {
    const MutexLock lock(mutex_);
    for (Hold& hold : holds_) open(hold);
  }
  for (CommandQueue* input : inputs_) input->end();
}

void Commands::reached(FlowPoint point, Thread& thread, Flow& flow) {
  Hold* hold = nullptr;
  {
    const MutexLock lock(mutex_);
    last_[thread.name()] = {point, side_of(&flow)->number};
    for (Hold& one : holds_) {
      const bool here = one.state == Hold::State::armed &&
                        (one.thread.empty() || one.thread == thread.name()) &&
                        (!one.point || one.point == point);
      if (!here) continue;
      hold = &one;
      break;
    }
    if (hold == nullptr) return;
    hold->state = Hold::State::held;
    hold->thread = thread.name();
    hold->point = point;
    hold->flow = side_of(&flow)->number;
    hold->memory = &flow;
  }
  answers_.push({.held = true});
  hold->gate.wait();
}

bool ByHandWorker::capture(Thread& thread) {
  const bool succeeded = engine_.capture_all(thread, [&] {
    Command* const command = commands_.receive();
    if (command == nullptr) return false;
    execute(thread, *command);
    return true;
  });
  commands_.close(answers_);
  return succeeded;
}

void ByHandWorker::handle(Thread& thread, PacketBatch& batch) {
  auto& command = static_cast<CommandBatch&>(batch).command;
  if (command != nullptr) execute(thread, *std::exchange(command, nullptr));
}

void ByHandWorker::execute(Thread& thread, Command& command) {
  command.action(*this, thread);
  answers_.push({.done = command.operation});
}

bool ByHandReceiver::capture(Thread& thread) {
  const bool succeeded = engine_.capture_all(thread, [&] {
    Command* const command = commands_.receive();
    if (command == nullptr) return false;
    thread.context().counters.packets.add();
    static_cast<CommandBatch&>(batch_of(command->worker)).command = command;
    send(command->worker);
    return true;
  });
  commands_.close(answers_);
  return succeeded;
}

void ByHandWorker::receive(Thread& thread, Delivery& delivery) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(delivery.frame.data());
  const decode::Record record{kEthernet, shared_.now, {bytes, delivery.frame.size()}};
  decoder_.decode(record, [&](const decode::Decoded& decoded) {
    const bool wants_flow = decoded.rule != decode::FlowRule::none;
    if (delivery.reuse) {
      const TrackedFlow* const old = find(decoded.key, false);
      if (old == nullptr ||
          !old->tcp.is_replaced_by(segment_of(decoded, is_to_server(*old->flow, decoded)))) {
        delivery.refused = true;
        return;
      }
    }
    const TrackedFlow* const tracked =
        handle_packet(thread, {decoded, 0, wants_flow ? row_of(decoded.key) : 0, delivery.record});
    if (tracked == nullptr) return;
    delivery.memory = tracked->flow;
    delivery.flow = side_of(tracked->flow)->number;
    delivery.lookup = {tracked->key, decoded.rule == decode::FlowRule::one_way};
  });
}

void ByHandWorker::time_out(Thread& thread, TrackedFlow& tracked, Latch& ended) {
  settle_end(tracked, shared_.now);
  Flow* const flow = tracked.flow;
  forget(&tracked);
  const bool handed_back = side_of(flow)->end == End::handed_back;
  engine_.to_manager({flow}, handed_back ? nullptr : &ended);
  if (!handed_back) return;
  wait_for_handed_back(thread);
  ended.count_down();
}

std::vector<std::pair<std::uint64_t, FlowLookup>> ByHandWorker::timed_out_by(
    std::int64_t time) const {
  std::vector<std::pair<std::uint64_t, FlowLookup>> late;
  for (const TrackedFlow* tracked : timed_out_at(time)) {
    const bool one_way = tracked->key.proto == IPPROTO_ESP;
    late.push_back({side_of(tracked->flow)->number, {tracked->key, one_way}});
  }
  std::sort(late.begin(), late.end(),
            [](const auto& one, const auto& other) { return one.first < other.first; });
  return late;
}

Flow* ByHandWorker::take(TrackedFlow& tracked) {
  FlowBatch taken;
  end_by_packet(&tracked, shared_.now, taken);
  return taken.front();
}

void ByHandWorker::end_in_row(Thread& thread, Flow* flow) {
  FlowBatch batch{flow};
  end_batch(thread, batch, End::bucket);
}

void ByHandWorker::end_under_pressure(Thread& thread, Flow* flow) {
  engine_.finish(thread, *flow, End::pressure, decoder_loggers_);
  spare_.push_back(flow);
}

// The test's choices override what the TCP sessions say.
FlowBatch ByHandWorker::take_open_flows() {
  FlowBatch open = CapturedWorker::take_open_flows();
  for (Flow* flow : open) {
    FlowSide& side = *side_of(flow);
    const auto chosen = at_shutdown_.find(side.number);
    if (chosen == at_shutdown_.end()) continue;
    if (chosen->second == FlowEnd::shutdown_hand_back) {
      if (!side.data.any()) side.data.to_server = true;
    } else {
      side.data = {};
      side.backstop = chosen->second == FlowEnd::shutdown_backstop;
    }
  }
  at_shutdown_.clear();
  return open;
}

}  // namespace surisim::engine
