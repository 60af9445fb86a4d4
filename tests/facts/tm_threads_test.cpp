// The thread layer has the orders recorded from Suricata's thread files (commit 398687d5d4,
// 9.0.0-dev, driven by a small main): L5 to L8, L13, L14, L24, L25, L27, L28. Method: the same
// threads driven the same way; flags, callbacks and joins compared line by line with the recording,
// each thread by itself, so it is deterministic.
#include <gmock/gmock.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>

#include <string>
#include <vector>

#include "abi/process_state.hpp"
#include "threads/tm_threads.hpp"
#include "trace/context.hpp"

namespace {

using namespace surisim;
using namespace surisim::engine;
using testing::ElementsAre;

// A receiving thread: runs until it must enter the flow loop, or ends at once with `result`.
class Acquire final : public Module {
 public:
  explicit Acquire(Ecode result = Ecode::ok) : result_(result) {}
  Ecode run(Thread& thread) override {
    thread.set_flags(THV_RUNNING);
    if (result_ == Ecode::ok) thread.wait_for(THV_REQ_FLOW_LOOP | THV_KILL);
    return result_;
  }
  bool receives() const override { return true; }

 private:
  Ecode result_;
};

class Queue final : public Module {
 public:
  Ecode run(Thread& thread) override {
    thread.wait_for(THV_KILL | THV_REQ_FLOW_LOOP);
    return Ecode::ok;
  }
};

class Manage final : public Module {
 public:
  Ecode run(Thread& thread) override {
    thread.set_flags(THV_RUNNING);
    if (thread.wait_for_unpause()) thread.wait_for(THV_KILL);
    return Ecode::ok;
  }
};

SCThreadStorageId slot_a, slot_b;
std::vector<std::string> freed;

class TmThreadsTest : public testing::Test {
 protected:
  TmThreadsTest() : main_("main", 2, 0) {
    surisim::abi::state().reset();
    freed.clear();
    main_.recorder = &recorder;
    main_.log = &recorder.add_log("main");
    set_context(&main_);
    SCStorageInit();
    const auto note = [](void* value) { freed.emplace_back(static_cast<const char*>(value)); };
    slot_a = SCThreadStorageRegister("slot_a", note);
    slot_b = SCThreadStorageRegister("slot_b", note);
    SCThreadRegisterInitCallback(set_a, nullptr);
    SCThreadRegisterInitCallback(set_b, nullptr);
    SCStorageFinalize();
  }
  ~TmThreadsTest() override {
    threads.abandon();
    set_context(nullptr);
    surisim::abi::state().reset();
  }
  static void set_a(ThreadVars* tv, void*) { SCThreadSetStorageById(tv, slot_a, tv->name); }
  static void set_b(ThreadVars* tv, void*) { SCThreadSetStorageById(tv, slot_b, tv->name); }

  Thread& add(const std::string& name, int type, ThreadFunction function,
              std::unique_ptr<Module> module) {
    ThreadSpec spec{.name = name,
                    .type = type,
                    .function = function,
                    .modules = function == ThreadFunction::pktacqloop ? 2 : 1,
                    .control = type == TVT_MGMT,
                    .in_queue = function == ThreadFunction::varslot};
    Thread* const thread = threads.create(std::move(spec), std::move(module));
    EXPECT_NE(thread, nullptr);
    return *thread;
  }
  Thread& spawn_worker(const std::string& name, Ecode result = Ecode::ok) {
    Thread& thread =
        add(name, TVT_PPT, ThreadFunction::pktacqloop, std::make_unique<Acquire>(result));
    EXPECT_EQ(threads.spawn(thread), 0);
    return thread;
  }
  Thread& spawn_manager(const std::string& name) {
    Thread& thread = add(name, TVT_MGMT, ThreadFunction::management, std::make_unique<Manage>());
    EXPECT_EQ(threads.spawn(thread), 0);
    return thread;
  }
  // Waits until the thread pauses. A thread that keeps running fails the test; it does not hang.
  static bool pauses(const Thread& thread) {
    return thread.wait_until(THV_PAUSED, deadline_in(10'000));
  }
  // The changes of one thread's flags: "main +KILL", "W#01 -PAUSED".
  std::vector<std::string> flags_of(const std::string& name) {
    std::vector<std::string> lines;
    for (const Event& e : recorder.collect()) {
      if (e.tv.name != name) continue;
      if (e.kind == EventKind::flag_set)
        lines.push_back(std::string(e.os) + " +" + std::string(e.what));
      if (e.kind == EventKind::flag_unset)
        lines.push_back(std::string(e.os) + " -" + std::string(e.what));
    }
    return lines;
  }
  // The current flags, in the order of the recordings.
  static std::string state(const Thread& thread) { return flags_to_string(thread.flags()); }

  Recorder recorder;
  Context main_;
  TmThreads threads{&recorder, false};
};

TEST_F(TmThreadsTest, L13_NormalLifeOfAReceivingWorkerAndAManager) {
  Thread& worker = spawn_worker("W#01");
  Thread& manager = spawn_manager("MG#01");
  EXPECT_EQ(worker.tv()->id, 1);
  EXPECT_EQ(manager.tv()->id, 2);
  EXPECT_EQ(threads.wait_on_thread_init(), nullptr);
  ASSERT_TRUE(pauses(worker));
  ASSERT_TRUE(pauses(manager));
  threads.continue_threads();
  EXPECT_EQ(threads.wait_on_thread_running(), nullptr);
  worker.set_flags(THV_REQ_FLOW_LOOP);
  worker.wait_for(THV_RUNNING_DONE);
  threads.kill_family(TVT_MGMT);
  threads.clear_family(TVT_MGMT);
  threads.kill_family(TVT_PPT);
  threads.clear_family(TVT_PPT);
  EXPECT_THAT(
      flags_of("W#01"),
      ElementsAre("main +PAUSE", "W#01 +INIT_DONE", "W#01 +PAUSED", "main -PAUSE", "W#01 -PAUSED",
                  "W#01 +RUNNING", "main +REQ_FLOW_LOOP", "W#01 +FLOW_LOOP", "W#01 +RUNNING_DONE",
                  "main +KILL", "main +DEINIT", "W#01 +CLOSED", "main +DEAD"));
  EXPECT_THAT(freed, ElementsAre("MG#01", "MG#01", "W#01", "W#01"));
}

TEST_F(TmThreadsTest, L14_AFailedInitThenAKillOfTheFamilies) {
  Thread& first = spawn_worker("W#01");
  Thread& second = add("W#02", TVT_PPT, ThreadFunction::pktacqloop, std::make_unique<Acquire>());
  second.fail_init = true;
  EXPECT_EQ(threads.spawn(second), 0) << "the spawn still returns OK";
  Thread& third = spawn_worker("W#03");
  EXPECT_EQ(threads.wait_on_thread_init(), &second);
  ASSERT_TRUE(pauses(first));
  ASSERT_TRUE(pauses(third));
  threads.kill_family(TVT_PPT);
  EXPECT_EQ(state(first), "INIT_DONE|PAUSE|PAUSED|KILL|CLOSED|DEINIT|RUNNING_DONE|FLOW_LOOP|DEAD");
  EXPECT_EQ(state(second), "PAUSE|KILL|CLOSED|DEINIT|RUNNING_DONE|DEAD");
  EXPECT_EQ(state(third), "INIT_DONE|PAUSE|PAUSED|KILL|CLOSED|DEINIT|RUNNING_DONE|FLOW_LOOP|DEAD");
  EXPECT_THAT(flags_of("W#02"), ElementsAre("main +PAUSE", "W#02 +CLOSED|RUNNING_DONE",
                                            "main +KILL", "main +DEINIT", "main +DEAD"));
  threads.clear_family(TVT_PPT);
  EXPECT_THAT(freed, ElementsAre("W#01", "W#01", "W#02", "W#02", "W#03", "W#03"));
}

TEST_F(TmThreadsTest, L14_KillWhilePausedRunsTheFinishAndDeinitSteps) {
  Thread& worker = spawn_worker("W#01");
  Thread& manager = spawn_manager("MG#01");
  ASSERT_TRUE(pauses(worker));
  ASSERT_TRUE(pauses(manager));
  threads.kill_family(TVT_MGMT);
  threads.kill_family(TVT_PPT);
  EXPECT_EQ(state(manager), "INIT_DONE|PAUSE|PAUSED|KILL|CLOSED|DEINIT|RUNNING_DONE|DEAD|RUNNING");
  EXPECT_EQ(state(worker), "INIT_DONE|PAUSE|PAUSED|KILL|CLOSED|DEINIT|RUNNING_DONE|FLOW_LOOP|DEAD");
}

TEST_F(TmThreadsTest, L14_APausedThreadIgnoresReqFlowLoop) {
  Thread& worker = spawn_worker("W#01");
  ASSERT_TRUE(pauses(worker));
  worker.set_flags(THV_REQ_FLOW_LOOP);
  // It continues only when it is released, and then sees the request.
  threads.continue_threads();
  worker.wait_for(THV_RUNNING_DONE);
  EXPECT_THAT(flags_of("W#01"),
              ElementsAre("main +PAUSE", "W#01 +INIT_DONE", "W#01 +PAUSED", "main +REQ_FLOW_LOOP",
                          "main -PAUSE", "W#01 -PAUSED", "W#01 +RUNNING", "W#01 +FLOW_LOOP",
                          "W#01 +RUNNING_DONE"));
}

TEST_F(TmThreadsTest, L27_ACommandThreadsStorageIsNeverFreed) {
  Thread& command = add("CM", TVT_CMD, ThreadFunction::command, std::make_unique<Manage>());
  EXPECT_EQ(threads.spawn(command), 0);
  spawn_worker("W#01", Ecode::done);
  threads.continue_threads();
  for (const int type : {TVT_PPT, TVT_MGMT, TVT_CMD}) threads.kill_family(type);
  threads.clear_family(TVT_PPT);
  EXPECT_EQ(state(command).find("DEAD") != std::string::npos, true);
  EXPECT_THAT(freed, ElementsAre("W#01", "W#01"));
  EXPECT_STREQ(static_cast<const char*>(SCThreadGetStorageById(command.tv(), slot_a)), "CM");
}

TEST_F(TmThreadsTest, L13_ALoopThatFailsAndOneThatIsDone) {
  Thread& failing = spawn_worker("W#01", Ecode::failed);
  Thread& done = spawn_worker("W#02", Ecode::done);
  threads.continue_threads();
  failing.wait_for(THV_RUNNING_DONE);
  done.wait_for(THV_RUNNING_DONE);
  EXPECT_EQ(state(failing), "INIT_DONE|FAILED|RUNNING_DONE|FLOW_LOOP|RUNNING");
  EXPECT_EQ(state(done), "INIT_DONE|RUNNING_DONE|FLOW_LOOP|RUNNING");
  EXPECT_EQ(threads.wait_on_thread_running(), &failing) << "fatal for the engine";
}

TEST_F(TmThreadsTest, L28_IdsAreReusedAndLongNamesAreCut) {
  Thread& queue =
      add("a-very-long-thread-name", TVT_PPT, ThreadFunction::varslot, std::make_unique<Queue>());
  EXPECT_EQ(threads.spawn(queue), 0);
  EXPECT_EQ(queue.name(), "a-very-long-thr");
  EXPECT_STREQ(queue.tv()->name, "a-very-long-thr");
  EXPECT_EQ(queue.tv()->id, 1);
  spawn_manager("MG#01");
  threads.continue_threads();
  threads.kill_family(TVT_MGMT);
  threads.clear_family(TVT_MGMT);
  EXPECT_EQ(spawn_manager("MG#02").tv()->id, 2);
  threads.kill_family(TVT_MGMT);
  threads.clear_family(TVT_MGMT);
  threads.kill_family(TVT_PPT);
  threads.clear_family(TVT_PPT);
  EXPECT_EQ(spawn_worker("W#09").tv()->id, 1);
}

int late_calls = 0;

TEST_F(TmThreadsTest, L8_ACallbackRegisteredLateIsNotCalledForExistingThreads) {
  late_calls = 0;
  spawn_worker("W#01");
  SCThreadRegisterInitCallback([](ThreadVars*, void*) { ++late_calls; }, nullptr);
  spawn_worker("W#02");
  // Created but never spawned: its callbacks have run, and nothing waits for it.
  add("W#03", TVT_PPT, ThreadFunction::pktacqloop, std::make_unique<Acquire>());
  threads.continue_threads();
  EXPECT_EQ(threads.wait_on_thread_running(), nullptr);
  EXPECT_EQ(late_calls, 2);
}

TEST_F(TmThreadsTest, L6_ACreationThatFailsFreesTheThreadVarsAndCallsNoCallback) {
  EXPECT_EQ(threads.create({.name = "W#01"}, std::make_unique<Acquire>(), true), nullptr);
  std::vector<std::string> names;
  for (const Event& e : recorder.collect()) names.push_back(name_of(e));
  EXPECT_THAT(names,
              ElementsAre("TmThreadCreate.enter", "ThreadVarsAlloc", "flag", "ThreadVarsFree",
                          "TmThreadCreate.exit", "TmThreadCreatePacketHandler.exit"));
}

TEST_F(TmThreadsTest, L7_CreationAndSpawnMakeTheRecordedCalls) {
  ASSERT_TRUE(pauses(spawn_worker("W#01")));
  std::vector<std::string> names;
  for (const Event& e : recorder.collect()) {
    if (e.os == "main" && e.kind != EventKind::thread_init_callback) names.push_back(name_of(e));
  }
  EXPECT_THAT(names, ElementsAre("TmThreadCreate.enter", "ThreadVarsAlloc", "flag",
                                 "SCThreadRunInitCallbacks.enter", "SCThreadRunInitCallbacks.exit",
                                 "TmThreadCreate.exit", "TmThreadsRegisterThread",
                                 "TmThreadCreatePacketHandler.exit", "TmThreadSpawn.enter",
                                 "pthread_create", "TmThreadAppend", "TmThreadSpawn.exit"));
}

}  // namespace
