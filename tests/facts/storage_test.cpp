// Facts L16, L17, L18, L20, L21, L22 and L23: the results of the storage functions.
// Method: only the C functions, without an engine, as in Suricata's unit tests.
#include <gmock/gmock.h>
#include <suricata/flow-storage.h>
#include <suricata/thread-storage.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

using testing::ElementsAre;

std::vector<void*> freed_values;
void note_free(void* value) { freed_values.push_back(value); }
void other_free(void* value) { freed_values.push_back(static_cast<char*>(value) + 1); }

class Storage : public testing::Test {
 protected:
  void SetUp() override {
    freed_values.clear();
    SCStorageInit();
  }
  void TearDown() override { SCStorageInit(); }
};

struct FreeTv {
  void operator()(ThreadVars* tv) const { ThreadVarsFree(tv); }
};
using Tv = std::unique_ptr<ThreadVars, FreeTv>;

void* value(std::size_t n) { return reinterpret_cast<void*>(n); }

TEST_F(Storage, L2_RegistrationsBeforeInitAreWipedThoughTheCallerKeepsAnId) {
  EXPECT_EQ(SCThreadStorageRegister("early", note_free).id, 0);
  SCStorageInit();
  EXPECT_EQ(SCStorageGetCnt(STORAGE_THREAD), 0u);
  EXPECT_EQ(SCThreadStorageRegister("other", note_free).id, 0);
}

TEST_F(Storage, L16_IdsCountFromZeroInEachType) {
  EXPECT_EQ(SCStorageRegister(STORAGE_THREAD, "a", note_free), 0);
  EXPECT_EQ(SCStorageRegister(STORAGE_THREAD, "b", note_free), 1);
  EXPECT_EQ(SCStorageRegister(STORAGE_FLOW, "c", note_free), 0);
  EXPECT_EQ(SCStorageRegister(STORAGE_HOST, "d", note_free), 0);
  EXPECT_EQ(SCStorageRegister(STORAGE_IPPAIR, "e", note_free), 0);
  EXPECT_EQ(SCStorageRegister(STORAGE_DEVICE, "f", note_free), 0);
  EXPECT_EQ(SCFlowStorageRegister("g", note_free).id, 1);
}

TEST_F(Storage, L16_RefusesNamesThatAreNullEmptyOrTakenInTheSameType) {
  ASSERT_EQ(SCThreadStorageRegister("taken", note_free).id, 0);
  EXPECT_EQ(SCThreadStorageRegister(nullptr, note_free).id, -1);
  EXPECT_EQ(SCThreadStorageRegister("", note_free).id, -1);
  EXPECT_EQ(SCThreadStorageRegister("taken", note_free).id, -1);
  EXPECT_EQ(SCThreadStorageRegister("Taken", note_free).id, 1) << "names differ in case";
  EXPECT_EQ(SCFlowStorageRegister("taken", note_free).id, 0) << "another type";
}

TEST_F(Storage, L16_RefusesANullFreeAndATypeThatDoesNotExist) {
  EXPECT_EQ(SCThreadStorageRegister("no free", nullptr).id, -1);
  EXPECT_EQ(SCStorageRegister(STORAGE_MAX, "no type", note_free), -1);
}

TEST_F(Storage, L16_RefusesEverythingOnceFinalized) {
  ASSERT_EQ(SCStorageFinalize(), 0);
  EXPECT_EQ(SCThreadStorageRegister("late", note_free).id, -1);
  EXPECT_EQ(SCFlowStorageRegister("late", note_free).id, -1);
}

TEST_F(Storage, L17_TheNameIsReadAgainThroughTheKeptPointer) {
  char buffer[8] = "tmp";
  ASSERT_EQ(SCThreadStorageRegister(buffer, note_free).id, 0);
  std::string("new").copy(buffer, 3);
  EXPECT_EQ(SCThreadStorageRegister("new", note_free).id, -1) << "the buffer says so now";
  EXPECT_EQ(SCThreadStorageRegister("tmp", note_free).id, 1)
      << "the first registration is forgotten";
}

TEST_F(Storage, L17_OneBufferForAllNamesIsRefusedFromTheSecondOn) {
  char buffer[8] = "one";
  EXPECT_EQ(SCThreadStorageRegister(buffer, note_free).id, 0);
  std::string("two").copy(buffer, 3);
  EXPECT_EQ(SCThreadStorageRegister(buffer, note_free).id, -1) << "it equals itself";
}

TEST_F(Storage, L18_GetAndSetDoNotCheckTheId) {
  ASSERT_EQ(SCThreadStorageRegister("a", note_free).id, 0);
  ASSERT_EQ(SCStorageFinalize(), 0);
  const Tv tv(ThreadVarsAlloc());
  // -1 is the field before the array.
  EXPECT_EQ(SCThreadSetStorageById(tv.get(), {-1}, value(7)), 0);
  EXPECT_EQ(static_cast<void*>(tv->iface_name), value(7));
  EXPECT_EQ(SCThreadGetStorageById(tv.get(), {-1}), value(7));
  tv->iface_name = nullptr;
}

TEST_F(Storage, L18_SetAndGetWorkBeforeFinalize) {
  ASSERT_EQ(SCThreadStorageRegister("a", note_free).id, 0);
  const Tv tv(ThreadVarsAlloc());
  EXPECT_EQ(SCThreadSetStorageById(tv.get(), {0}, value(7)), 0);
  EXPECT_EQ(SCThreadGetStorageById(tv.get(), {0}), value(7));
}

using StorageDeathTest = Storage;

TEST_F(StorageDeathTest, L18_FreeingAValueOfStorageThatWasNeverFinalizedCrashes) {
  ASSERT_EQ(SCThreadStorageRegister("a", note_free).id, 0);
  const Tv tv(ThreadVarsAlloc());
  SCThreadSetStorageById(tv.get(), {0}, value(7));
  EXPECT_DEATH(SCThreadFreeStorage(tv.get()), "not finalized");
}

TEST_F(StorageDeathTest, L18_FreeingAValueOfStorageThatWasFinalizedTwiceCrashes) {
  ASSERT_EQ(SCThreadStorageRegister("a", note_free).id, 0);
  ASSERT_EQ(SCStorageFinalize(), 0);
  ASSERT_EQ(SCStorageFinalize(), 0);
  const Tv tv(ThreadVarsAlloc());
  SCThreadSetStorageById(tv.get(), {0}, value(7));
  EXPECT_DEATH(SCThreadFreeStorageById(tv.get(), {0}), "finalized twice");
}

TEST_F(Storage, L20_SetOverwritesWithoutFreeing) {
  ASSERT_EQ(SCThreadStorageRegister("a", note_free).id, 0);
  ASSERT_EQ(SCStorageFinalize(), 0);
  const Tv tv(ThreadVarsAlloc());
  EXPECT_EQ(SCThreadSetStorageById(tv.get(), {0}, value(7)), 0);
  EXPECT_EQ(SCThreadSetStorageById(tv.get(), {0}, value(8)), 0);
  EXPECT_THAT(freed_values, ElementsAre());
  EXPECT_EQ(SCThreadGetStorageById(tv.get(), {0}), value(8));
}

TEST_F(Storage, L20_SetOnANullStorageReturnsMinusOneAndGetReturnsNull) {
  EXPECT_EQ(SCStorageSetById(nullptr, STORAGE_HOST, 0, value(7)), -1);
  EXPECT_EQ(SCStorageGetById(nullptr, STORAGE_HOST, 0), nullptr);
}

TEST_F(Storage, L21_FreeByIdCallsFreeOnceAndEmptiesTheSlot) {
  ASSERT_EQ(SCThreadStorageRegister("a", note_free).id, 0);
  ASSERT_EQ(SCStorageFinalize(), 0);
  const Tv tv(ThreadVarsAlloc());
  SCThreadFreeStorageById(tv.get(), {0});
  EXPECT_THAT(freed_values, ElementsAre()) << "Free is never called with NULL";
  SCThreadSetStorageById(tv.get(), {0}, value(7));
  SCThreadFreeStorageById(tv.get(), {0});
  SCThreadFreeStorageById(tv.get(), {0});
  EXPECT_THAT(freed_values, ElementsAre(value(7)));
  EXPECT_EQ(SCThreadGetStorageById(tv.get(), {0}), nullptr);
}

TEST_F(Storage, L21_FreeAllCallsEachSlotsFreeByAscendingId) {
  ASSERT_EQ(SCThreadStorageRegister("a", note_free).id, 0);
  ASSERT_EQ(SCThreadStorageRegister("b", other_free).id, 1);
  ASSERT_EQ(SCThreadStorageRegister("c", note_free).id, 2);
  ASSERT_EQ(SCStorageFinalize(), 0);
  const Tv tv(ThreadVarsAlloc());
  SCThreadSetStorageById(tv.get(), {2}, value(30));
  SCThreadSetStorageById(tv.get(), {0}, value(10));
  SCThreadSetStorageById(tv.get(), {1}, value(20));
  SCThreadFreeStorage(tv.get());
  EXPECT_THAT(freed_values, ElementsAre(value(10), value(21), value(30)));
}

TEST_F(Storage, L22_CleanupDropsTheRegistryAndItsFreeFunctions) {
  ASSERT_EQ(SCThreadStorageRegister("a", note_free).id, 0);
  ASSERT_EQ(SCStorageFinalize(), 0);
  SCStorageCleanup();
  const Tv tv(ThreadVarsAlloc());
  SCThreadFreeStorage(tv.get());  // nothing is set: nothing is called
  EXPECT_THAT(freed_values, ElementsAre());
  EXPECT_EQ(SCThreadStorageRegister("b", note_free).id, -1)
      << "clean-up does not open registration";
}

TEST_F(Storage, L23_SizeIsEightBytesPerSlotAndGrowsBeforeFinalize) {
  EXPECT_EQ(SCThreadStorageSize(), 0u);
  SCThreadStorageRegister("a", note_free);
  EXPECT_EQ(SCThreadStorageSize(), 8u);
  SCThreadStorageRegister("b", note_free);
  EXPECT_EQ(SCThreadStorageSize(), 16u);
  SCStorageFinalize();
  EXPECT_EQ(SCThreadStorageSize(), 16u);
  EXPECT_EQ(SCStorageGetCnt(STORAGE_THREAD), 2u);
}

TEST_F(Storage, L23_ValuesAreAtTheEndOfThreadVarsZeroedAtAllocation) {
  SCThreadStorageRegister("a", note_free);
  SCThreadStorageRegister("b", note_free);
  SCStorageFinalize();
  const Tv tv(ThreadVarsAlloc());
  EXPECT_EQ(SCThreadGetStorageById(tv.get(), {0}), nullptr);
  SCThreadSetStorageById(tv.get(), {1}, value(9));
  EXPECT_EQ(tv->storage[1].ptr, value(9));
}

}  // namespace
