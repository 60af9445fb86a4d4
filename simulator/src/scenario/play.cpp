// Plays a scenario, step by step.
#include "scenario/play.hpp"

#include <fmt/format.h>

#include <utility>

namespace surisim::scenario {

namespace {

class Player {
 public:
  Player(Runtime& runtime, const ScenarioScript& script)
      : playing_{.runtime = runtime, .script = script} {
    playing_.flows.resize(script.flows.size());
  }

  // `first_line`: of the scenario.
  expected<std::vector<UnmetLine>> play(std::uint32_t first_line);

 private:
  // Error: the step cannot be obeyed.
  expected<void> act(const AddFlow& step);
  expected<void> act(const SendPackets& step);
  expected<void> act(const SendRaw& step);
  expected<void> act(const ReuseFlow& step);
  expected<void> act(const EndFlow& step);
  expected<void> act(const PassTime& step);
  expected<void> act(const HoldThread& step);
  expected<void> act(const ReleaseThread& step);
  expected<void> act(const StopRun& step);
  expected<void> act(const Expectation& step);

  Traffic& traffic() { return *playing_.traffic; }
  PlayedFlow& flow(FlowIndex index) { return playing_.flows[index]; }
  // The flow may have become another one.
  void note_number(FlowIndex index);
  expected<void> start();
  void play_steps();
  expected<void> stop();
  void judge_fatal(std::uint32_t first_line);

  Playing playing_;
  std::uint32_t line_ = 0;
  std::vector<UnmetLine> unmet_;
  std::optional<Error> stopping_failed_;
};

template <class T>
expected<void> without_value(const expected<T>& result) {
  if (result) return {};
  return tl::unexpected<Error>(result.error());
}

void Player::note_number(FlowIndex index) {
  if (const std::uint64_t number = traffic().number_of(flow(index).id); number != 0)
    flow(index).numbers.insert(number);
}

expected<void> Player::act(const AddFlow& step) {
  const auto id = traffic().add_flow(step.spec);
  if (id) flow(step.flow).id = *id;
  return without_value(id);
}

expected<void> Player::act(const SendPackets& step) {
  for (std::uint32_t i = 0; i < step.times; ++i) {
    for (const PacketSpec& packet : step.packets) {
      const auto sent = traffic().send(flow(step.flow).id, packet);
      if (!sent) return without_value(sent);
      note_number(step.flow);
    }
  }
  return {};
}

expected<void> Player::act(const SendRaw& step) {
  return without_value(traffic().send_raw(step.frame, step.worker.worker));
}

expected<void> Player::act(const ReuseFlow& step) {
  const auto sent = traffic().reuse(flow(step.flow).id);
  if (sent) note_number(step.flow);
  return without_value(sent);
}

expected<void> Player::act(const EndFlow& step) {
  return traffic().end(flow(step.flow).id, step.how, step.worker.worker);
}

expected<void> Player::act(const PassTime& step) {
  return traffic().pass(step.time, step.unnoticed);
}

expected<void> Player::act(const HoldThread& step) {
  const auto name = name_of(playing_, step.thread);
  if (!name) return without_value(name);
  return traffic().hold(*name, step.point);
}

expected<void> Player::act(const ReleaseThread& step) {
  const auto name = name_of(playing_, step.thread);
  if (!name) return without_value(name);
  auto released = traffic().release(*name);
  // A packet that was held may have started a flow.
  for (FlowIndex i = 0; i < playing_.flows.size(); ++i) note_number(i);
  return released;
}

expected<void> Player::act(const StopRun&) { return stop(); }

expected<void> Player::act(const Expectation& step) {
  if (std::string why = unmet(playing_, step); !why.empty())
    unmet_.push_back({line_, std::move(why)});
  return {};
}

expected<void> Player::stop() {
  if (playing_.stopped) return {};
  if (const std::string held = traffic().held(); !held.empty())
    unmet_.push_back(
        {line_, fmt::format("the shutdown waits for the thread, but {}: release it first", held)});
  if (std::string missed = traffic().missed(); !missed.empty())
    unmet_.push_back({line_, std::move(missed)});
  playing_.stopped = true;
  auto stopped = playing_.runtime.stop();
  if (!stopped) stopping_failed_ = stopped.error();
  return stopped;
}

expected<void> Player::start() {
  if (auto started = playing_.runtime.start(); !started) return started;
  const auto opened = playing_.runtime.traffic();
  if (opened) playing_.traffic = *opened;
  return without_value(opened);
}

void Player::play_steps() {
  for (const Step& step : playing_.script.steps) {
    line_ = step.line;
    const bool possible =
        playing_.traffic != nullptr || std::holds_alternative<Expectation>(step.action);
    if (!possible) continue;
    const auto done = std::visit([this](const auto& action) { return act(action); }, step.action);
    if (done) continue;
    if (!stopping_failed_) unmet_.push_back({line_, done.error().message});
    return;
  }
}

// Whether Suricata would have exited.
void Player::judge_fatal(std::uint32_t first_line) {
  const std::string said = playing_.runtime.summary().stopped_by;
  const auto& wanted = playing_.script.fatal;
  if (!wanted) {
    if (!said.empty()) unmet_.push_back({first_line, "Suricata would exit: " + said});
  } else if (said.empty()) {
    unmet_.push_back({wanted->line, "expected Suricata to exit, but it ended normally"});
  } else if (said.find(wanted->text) == said.npos) {
    unmet_.push_back({wanted->line, fmt::format("expected Suricata to exit with \"{}\", got \"{}\"",
                                                wanted->text, said)});
  }
}

expected<std::vector<UnmetLine>> Player::play(std::uint32_t first_line) {
  const auto is_fatal = [](const Error& error) { return error.code == ErrorCode::engine_refused; };
  if (const auto started = start(); !started) {
    if (!is_fatal(started.error())) return tl::unexpected<Error>(started.error());
    playing_.stopped = true;  // what was expected of the start is judged
  }
  play_steps();
  line_ = playing_.script.last_line;
  (void)stop();
  if (stopping_failed_ && !is_fatal(*stopping_failed_))
    return tl::unexpected<Error>(*stopping_failed_);
  judge_fatal(first_line);
  return std::move(unmet_);
}

}  // namespace

expected<std::string> name_of(const Playing& playing, const ThreadRef& thread) {
  if (playing.traffic == nullptr) return thread.name;
  if (thread.worker != 0) return playing.traffic->worker_name(thread.worker);
  if (!thread.name.starts_with("W#") || thread.name.find('-') != std::string::npos)
    return thread.name;
  for (std::uint32_t i = 1;; ++i) {
    const auto name = playing.traffic->worker_name(i);
    if (!name) return thread.name;
    if (name->starts_with(thread.name + "-")) return *name;
  }
}

}  // namespace surisim::scenario

namespace surisim {

expected<std::vector<UnmetLine>> play_scenario(Runtime& runtime, const Scenario& scenario) {
  return scenario::Player(runtime, *scenario.script).play(scenario.line);
}

}  // namespace surisim
