// EVE callbacks and file types through the wrappers. Method: the fake host (fake_host.hpp), with
// calls as from Suricata, and the resulting text of the record.
#include <gmock/gmock.h>
#include <suricata/rust.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <suricata_ffi/eve.hpp>
#include <vector>

#include "fake_host.hpp"
#include "out_of_memory.hpp"

namespace {

namespace eve = suricata_ffi::eve;
using eve::EveFileType;
using eve::JsonBuilder;
using eve::Packet;
using eve::ThreadVars;
using suricata_ffi::Error;
using suricata_ffi::expected;
using testing::EndsWith;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using FlowView = eve::Flow;

class EveCallback : public testing::Test {
 protected:
  EveCallback() { fake_host::reset(); }
  ~EveCallback() override { SCJbFree(record_); }

  void host_calls_all(const Packet_* packet, Flow_* flow) {
    for (const auto& callback : fake_host::state().eve) {
      callback.fn(thread_.raw(), packet, flow, record_, callback.user);
    }
  }

  // The text after a callback, starting from `{`.
  template <class F>
  std::string left_by(F&& callback) {
    EXPECT_TRUE(eve::register_callback(std::forward<F>(callback)));
    host_calls_all(&packet_, flow_.raw());
    return {reinterpret_cast<const char*>(SCJbPtr(record_)), SCJbLen(record_)};
  }

  fake_host::Thread thread_;
  fake_host::OneFlow flow_;
  Packet_ packet_ = {};
  SCJsonBuilder* const record_ = SCJbNewObject();
};

TEST_F(EveCallback, GetsWhatTheHostPasses) {
  std::vector<const void*> seen;
  ASSERT_TRUE(eve::register_callback(
      [&seen](ThreadVars& tv, const Packet* p, FlowView* f, JsonBuilder& jb) {
        seen = {tv.as_ptr(), p->as_ptr(), f->as_mut_ptr(), jb.as_mut_ptr()};
      }));
  host_calls_all(&packet_, flow_.raw());
  EXPECT_THAT(seen, testing::ElementsAre(thread_.raw(), &packet_, flow_.raw(), record_));
}

TEST_F(EveCallback, GetsNullForWhatTheRecordDoesNotHave) {
  int calls = 0;
  ASSERT_TRUE(
      eve::register_callback([&calls](ThreadVars&, const Packet* p, FlowView* f, JsonBuilder&) {
        EXPECT_EQ(p, nullptr);
        EXPECT_EQ(f, nullptr);
        ++calls;
      }));
  host_calls_all(nullptr, nullptr);
  EXPECT_EQ(calls, 1);
}

TEST_F(EveCallback, KeepsWhatItAdded) {
  EXPECT_EQ(left_by([](ThreadVars&, const Packet*, FlowView*, JsonBuilder& jb) {
              return jb.open_object("a") && jb.set_uint("b", 1) && jb.close();
            }),
            R"({"a":{"b":1})");
}

TEST_F(EveCallback, KeepsWhatItAddedWhenItReturnsNothing) {
  EXPECT_EQ(left_by([](ThreadVars&, const Packet*, FlowView*, JsonBuilder& jb) {
              EXPECT_TRUE(jb.open_object("a"));
            }),
            R"({"a":{)");
}

TEST_F(EveCallback, LosesWhatItLeftOpenWhenItReturnsFalse) {
  EXPECT_EQ(left_by([](ThreadVars&, const Packet*, FlowView*, JsonBuilder& jb) {
              EXPECT_TRUE(jb.open_object("a"));
              return jb.set_uint("b", 1) && jb.set_string("c", "\xff") && jb.close();
            }),
            "{");
}

TEST_F(EveCallback, LosesWhatItLeftOpenWhenItReturnsAnError) {
  EXPECT_EQ(left_by([](ThreadVars&, const Packet*, FlowView*, JsonBuilder& jb) {
              EXPECT_TRUE(jb.open_object("a"));
              return jb.set_string("c", "\xff");
            }),
            "{");
}

TEST_F(EveCallback, LosesWhatItLeftOpenWhenItThrows) {
  EXPECT_EQ(left_by([](ThreadVars&, const Packet*, FlowView*, JsonBuilder& jb) {
              EXPECT_TRUE(jb.open_object("a"));
              throw std::runtime_error("boom");
            }),
            "{");
  const auto& log = fake_host::state().log;
  ASSERT_THAT(log, SizeIs(1));
  EXPECT_EQ(log[0].level, SC_LOG_ERROR);
  EXPECT_THAT(log[0].message, StartsWith("EVE callback"));
  EXPECT_THAT(log[0].message, EndsWith("threw an exception: boom"));
}

TEST_F(EveCallback, KeepsMembersOfTheRecordItselfEvenWhenItFails) {
  EXPECT_EQ(left_by([](ThreadVars&, const Packet*, FlowView*, JsonBuilder& jb) {
              EXPECT_TRUE(jb.set_uint("a", 1));
              return false;
            }),
            R"({"a":1)");
}

TEST_F(EveCallback, DoesNotPreventTheNextOne) {
  ASSERT_TRUE(
      eve::register_callback([](ThreadVars&, const Packet*, FlowView*, JsonBuilder&) { throw 5; }));
  EXPECT_EQ(left_by([](ThreadVars&, const Packet*, FlowView*, JsonBuilder& jb) {
              return jb.set_uint("a", 1);
            }),
            R"({"a":1)");
}

bool add_one(ThreadVars&, const Packet*, FlowView*, JsonBuilder& jb) {
  return jb.set_uint("function", 1).has_value();
}

TEST_F(EveCallback, MayBeAFunction) { EXPECT_EQ(left_by(add_one), R"({"function":1)"); }

TEST_F(EveCallback, MayBeMoveOnly) {
  EXPECT_EQ(left_by([owned = std::make_unique<std::uint64_t>(7)](ThreadVars&, const Packet*,
                                                                 FlowView*, JsonBuilder& jb) {
              return jb.set_uint("a", *owned);
            }),
            R"({"a":7)");
}

using Empty = std::function<void(ThreadVars&, const Packet*, FlowView*, JsonBuilder&)>;

TEST_F(EveCallback, IsRefusedWhenNull) {
  const auto refused = eve::register_callback(Empty());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), Error::null_callback);
  EXPECT_FALSE(eve::register_callback(static_cast<decltype(&add_one)>(nullptr)).has_value());
  EXPECT_THAT(fake_host::state().eve, IsEmpty());
}

TEST_F(EveCallback, IsDestroyedWhenTheHostRefuses) {
  const auto owned = std::make_shared<int>(0);
  const auto callback = [owned](ThreadVars&, const Packet*, FlowView*, JsonBuilder&) {};
  fake_host::state().refuse_callbacks = true;
  const auto refused = eve::register_callback(callback);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), Error::refused);
  EXPECT_EQ(owned.use_count(), 2);
}

TEST_F(EveCallback, IsDestroyedWhenThereIsNoMemory) {
  const auto owned = std::make_shared<int>(0);
  const auto callback = [owned](ThreadVars&, const Packet*, FlowView*, JsonBuilder&) {};
  const test::OutOfMemory out_of_memory;
  const auto refused = eve::register_callback(callback);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), Error::out_of_memory);
  EXPECT_EQ(owned.use_count(), 2);
}

TEST_F(EveCallback, IsNoexceptForTheHost) {
  static_assert(noexcept(suricata_ffi::detail::on_eve_record<const Empty>(nullptr, nullptr, nullptr,
                                                                          nullptr, nullptr)));
}

int init(const SCConfNode_*, bool, void**) noexcept { return 1; }
int thread_init(const void*, std::uint32_t, void**) noexcept { return 2; }
int write(const char*, int, const void*, void*) noexcept { return 3; }
int deinits = 0;
void deinit(void*) noexcept { deinits += 1; }
void thread_deinit(const void*, void*) noexcept { deinits += 10; }

EveFileType file_type() {
  return {.name = "sink",
          .init = init,
          .deinit = deinit,
          .write = write,
          .thread_init = thread_init,
          .thread_deinit = thread_deinit};
}

class FileType : public testing::Test {
 protected:
  FileType() { fake_host::reset(); }

  static Error refused(const EveFileType& type) {
    const auto result = EveFileType::register_type(type);
    EXPECT_FALSE(result.has_value());
    EXPECT_THAT(fake_host::state().eve_file_types, IsEmpty());
    return result.has_value() ? Error{} : result.error();
  }
};

TEST_F(FileType, PassesItsFunctionsAndACopyOfItsNameToTheHost) {
  {
    std::string name = "sink and more";
    EveFileType type = file_type();
    type.name = std::string_view(name).substr(0, 4);
    ASSERT_TRUE(EveFileType::register_type(type).has_value());
    name = "overwritten!!";
  }
  ASSERT_THAT(fake_host::state().eve_file_types, SizeIs(1));
  const SCEveFileType& host = *fake_host::state().eve_file_types[0];
  EXPECT_STREQ(host.name, "sink");
  EXPECT_EQ(host.Init(nullptr, false, nullptr), 1);
  EXPECT_EQ(host.ThreadInit(nullptr, 0, nullptr), 2);
  EXPECT_EQ(host.Write("", 0, nullptr, nullptr), 3);
  deinits = 0;
  host.Deinit(nullptr);
  EXPECT_EQ(deinits, 1);
  host.ThreadDeinit(nullptr, nullptr);
  EXPECT_EQ(deinits, 11);
}

TEST_F(FileType, NeedsAllItsFunctions) {
  for (int missing = 0; missing < 5; ++missing) {
    EveFileType type = file_type();
    if (missing == 0) type.init = nullptr;
    if (missing == 1) type.deinit = nullptr;
    if (missing == 2) type.write = nullptr;
    if (missing == 3) type.thread_init = nullptr;
    if (missing == 4) type.thread_deinit = nullptr;
    EXPECT_EQ(refused(type), Error::null_callback) << missing;
  }
}

TEST_F(FileType, IsRefusedWithNulInItsName) {
  EveFileType type = file_type();
  type.name = std::string_view("a\0b", 3);
  EXPECT_EQ(refused(type), Error::name_contains_nul);
}

TEST_F(FileType, MayBeRefusedByTheHost) {
  fake_host::state().refuse_callbacks = true;
  EXPECT_EQ(refused(file_type()), Error::refused);
}

TEST_F(FileType, IsRefusedWhenThereIsNoMemory) {
  for (int successes = 0; successes < 2; ++successes) {
    const test::OutOfMemory out_of_memory(successes);
    const auto result = EveFileType::register_type(file_type());
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error(), Error::out_of_memory);
  }
  EXPECT_THAT(fake_host::state().eve_file_types, IsEmpty());
}

}  // namespace
