// Sends commands, waits for what they lead to, and holds threads meanwhile.
#include "by_hand/by_hand_commands.hpp"

#include <fmt/format.h>

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
  if (!over_) return {};
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
    // Only a command that has begun can be held, and none that has begun is refused.
    done = wait_for(operation);
    if (!done) pending_.at(operation).then = then;
  } else {
    pending_.erase(operation);
  }
  if (refused)
    return refuse_traffic(
        "thread {} takes no packets any more: it has failed, or traffic was stopped",
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

// That a thread is held may have been seen before its answer comes.
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
      "surisim: this can never go on: it waits for {}, and nothing has happened for {} ms\n",
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
  std::vector<Operation> continuing;  // that go on
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
  return refuse_traffic("{} is not held: it has not come to the point",
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
                       hold.thread.empty() ? "none has come there" : "has not come there");
  }
  return "";
}

void Commands::end() {
  if (std::exchange(over_, true)) return;
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

}  // namespace surisim::engine
