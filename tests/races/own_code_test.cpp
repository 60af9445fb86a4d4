// Goal: the engine's hand-overs and recorder have no data race, and finish, in every schedule that
// is tried. Method: a library of them (own_code.cpp), translated and controlled. The marks by which
// hand-overs announce themselves are ignored: only locks, atomics, starts and ends of threads order
// accesses.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/source_line.hpp"
#include "races/detector.hpp"
#include "schedule/controller.hpp"
#include "translate/translation.hpp"

namespace surisim::races {
namespace {

using schedule::ThreadId;

class Lens final : public translate::Watcher, public schedule::SyncObserver {
 public:
  Lens() : translation_(*translate::Translation::create(*this)) {
    library_ = ::dlopen(SURISIM_OWN_CODE, RTLD_NOW | RTLD_LOCAL);
    if (library_ == nullptr) std::abort();
    no_points_ = reinterpret_cast<int (*)()>(::dlsym(library_, "no_points"));
    if (!translation_->add(library_)) std::abort();
  }

  // Races and conflicts of this function in one schedule.
  void look_at(const std::string& function, const char* strategy, std::uint64_t seed) {
    auto* const body = reinterpret_cast<void (*)()>(::dlsym(library_, function.c_str()));
    ASSERT_NE(body, nullptr);
    Detector detector([this] { return translation_->drain(); },
                      [this] { return translation_->sites(); }, [] { return Moment(); }, atomics_,
                      [this](const Race& race) { races.push_back(race); });
    detector_ = &detector;
    const auto chooser = schedule::find_strategy(strategy)->make();
    chooser->begin(seed, {});
    schedule::Controller controller(
        *chooser, 100'000,
        [](schedule::Stall, const std::vector<schedule::Stuck>&) { std::abort(); });
    controller.set_observer(this);
    {
      const schedule::Controller::Scope scope(&controller);
      body();
    }
    translation_->leave_thread();
    for (const Race& race : detector.uncertain()) races.push_back(race);
    for (const auto& [a, b] : detector.conflicts())
      for (const schedule::Place& place : {a, b})
        if (!place.is_call) points_.insert(reinterpret_cast<std::uintptr_t>(place.address));
    for (const std::uintptr_t point : points_) (void)translation_->set_point(point, true);
    detector_ = nullptr;
  }

  std::vector<Race> races;
  std::size_t points() const { return points_.size(); }

 private:
  // The library has its own variable for this.
  bool may_stop() const { return schedule::controlled() && no_points_() == 0; }
  void point(const translate::Site& site, std::uintptr_t address) override {
    if (may_stop())
      schedule::point({schedule::Act::access, reinterpret_cast<const void*>(address),
                       reinterpret_cast<const void*>(site.address)});
  }
  void full(std::span<const translate::Access> accesses) override {
    if (schedule::t_me != nullptr) detector_->add(schedule::my_id(), accesses);
  }
  void spinning() override {
    if (may_stop()) schedule::yield();
  }
  void begins(ThreadId thread) override {
    translation_->enter_thread();
    detector_->begins(thread);
  }
  void ends(ThreadId thread) override {
    detector_->ends(thread);
    translation_->leave_thread();
  }
  void creates(ThreadId thread, ThreadId created) override { detector_->creates(thread, created); }
  void joins(ThreadId thread, ThreadId ended) override { detector_->joins(thread, ended); }
  void pauses(ThreadId thread) override { detector_->pauses(thread); }
  void releases_to(ThreadId, const void*, schedule::ReleaseKind) override {}
  void acquires_from(ThreadId, const void*) override {}
  void locks(ThreadId thread, const schedule::Operation& operation,
             std::span<const schedule::Operation> held) override {
    detector_->locks(thread, operation, held);
  }
  void unlocks(ThreadId thread, const schedule::Operation& operation) override {
    detector_->unlocks(thread, operation);
  }
  void frees(ThreadId thread, const void* block, std::size_t size, const void* caller) override {
    detector_->frees(thread, block, size, caller);
  }

  std::unique_ptr<translate::Translation> translation_;
  void* library_ = nullptr;
  int (*no_points_)() = nullptr;
  AtomicSites atomics_;
  Detector* detector_ = nullptr;
  std::set<std::uintptr_t> points_;
};

class OwnCode : public ::testing::TestWithParam<const char*> {
 protected:
  void look_at_many_schedules(const char* function) {
    lens.look_at(function, "default", 0);
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
      for (const char* const strategy : {"random", "surw", "pct"})
        lens.look_at(function, strategy, seed);
  }
  Lens lens;
};

TEST_P(OwnCode, HasNoRaceInAnySchedule) {
  look_at_many_schedules(GetParam());
  EXPECT_GT(lens.points(), 0u) << "threads have met";
  for (const Race& race : lens.races)
    ADD_FAILURE() << base::describe_instruction(race.earlier.at) << "\n"
                  << base::describe_instruction(race.later.at);
}

INSTANTIATE_TEST_SUITE_P(Of, OwnCode,
                         testing::Values("channel", "channel_with_two_receivers", "pool", "latch",
                                         "gate", "credit", "inbox", "main_loop", "recorder"),
                         [](const auto& test) { return test.param; });

using OwnCodeThatIsWrong = OwnCode;

TEST_F(OwnCodeThatIsWrong, ShowsARace) {
  look_at_many_schedules("plain_flag");
  EXPECT_FALSE(lens.races.empty());
}

}  // namespace
}  // namespace surisim::races
