// Suricata's C headers before the wrappers: both compile, and declare the same functions.
// clang-format off: the order of these blocks is the test
#include <suricata/conf.h>
#include <suricata/decode.h>
#include <suricata/flow-callbacks.h>
#include <suricata/flow-storage.h>
#include <suricata/flow.h>
#include <suricata/output-eve.h>
#include <suricata/rust.h>
#include <suricata/suricata-plugin.h>
#include <suricata/thread-callbacks.h>
#include <suricata/thread-storage.h>
#include <suricata/threadvars.h>
#include <suricata/util-debug.h>

#define str(s) #s  // suricata-common.h has it, too
#include <suricata_ffi/conf.hpp>
#include <suricata_ffi/eve.hpp>
#include <suricata_ffi/flow.hpp>
#include <suricata_ffi/jsonbuilder.hpp>
#include <suricata_ffi/log.hpp>
#include <suricata_ffi/plugin.hpp>
#include <suricata_ffi/thread.hpp>
#undef str

#include <gmock/gmock.h>

#include "abi_agreement.hpp"
#include "fake_host.hpp"
// clang-format on

namespace {

using suricata_ffi::thread::ThreadStorage;
using suricata_ffi::thread::ThreadVars;

TEST(CHeadersBeforeTheWrappers, UseTheSameSlotAsTheWrappers) {
  fake_host::reset();
  fake_host::Thread host;
  const auto storage = ThreadStorage<int>::register_slot("slot");
  ASSERT_TRUE(storage.has_value());
  auto tv = ThreadVars::from_ptr(host.raw());
  ASSERT_TRUE(storage->get_or_insert_with(tv, [] { return 3; }).has_value());
  EXPECT_EQ(SCThreadGetStorageById(host.raw(), {storage->id()}), storage->get(tv));
}

}  // namespace
