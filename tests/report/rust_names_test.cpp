// Goal: names of Rust's functions are shown as their author wrote them, in both manglings, and no
// damaged name does harm. Method: names made by rustc, and pieces of them.
#include "base/source_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace surisim::base {
namespace {

using ::testing::Eq;
using ::testing::Optional;

struct Name {
  const char* symbol;
  const char* means;
};

TEST(RustNames, OfTheNewManglingAreReadableWithoutHashes) {
  for (const Name& name : {
           Name{"_RNvNtCsgEmfK2I1SDS_4core6option13unwrap_failed", "core::option::unwrap_failed"},
           Name{"_RNvCs15kBYyAo9fc_7mycrate7example", "mycrate::example"},
           Name{"_RINvNtCsgEmfK2I1SDS_4core9panicking13assert_failedyyEB4_",
                "core::panicking::assert_failed::<u64, u64>"},
           Name{"_RNvMs2_NtCs4X4t9plMPHF_9addr2line6lookupINtB5_13LoopingLookupmE10new_lookup",
                "<addr2line::lookup::LoopingLookup<u32>>::new_lookup"},
           Name{"_RNCNvCs15kBYyAo9fc_7mycrate3run0", "mycrate::run::{closure#0}"},
           Name{"_RINvCs15kBYyAo9fc_7mycrate3fooRShTmbEFUKCjEuEB2_",
                "mycrate::foo::<&[u8], (u32, bool), unsafe extern \"C\" fn(usize)>"},
       }) {
    EXPECT_THAT(demangled_rust(name.symbol), Optional(Eq(name.means))) << name.symbol;
  }
}

TEST(RustNames, OfTheLegacyManglingLoseTheirHash) {
  for (const Name& name : {
           Name{"_ZN7mycrate3foo17h0123456789abcdefE", "mycrate::foo"},
           Name{"_ZN71_$LT$mycrate..Foo$u20$as$u20$core..ops..drop..Drop$GT$4drop"
                "17h0123456789abcdefE",
                ""},
           Name{"_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE",
                "core::ptr::drop_in_place<alloc::string::String>"},
       }) {
    if (*name.means == '\0')
      EXPECT_EQ(demangled_rust(name.symbol), std::nullopt) << "the length is wrong";
    else
      EXPECT_THAT(demangled_rust(name.symbol), Optional(Eq(name.means))) << name.symbol;
  }
}

TEST(RustNames, OfOtherLanguagesAreLeftAlone) {
  for (const char* symbol :
       {"main", "_ZN7surisim4base6symbolEv", "_ZNSt6vectorIiSaIiEE4sizeEv", "_R", "_Random", ""})
    EXPECT_EQ(demangled_rust(symbol), std::nullopt) << symbol;
}

TEST(RustNames, ThatAreCutOffOrEndlessAreRefused) {
  const std::string whole =
      "_RINvNtCsgEmfK2I1SDS_4core9panicking13assert_failedINtB4_1xyEFUKCjEuRShE";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto name = demangled_rust(whole.substr(0, size));
    EXPECT_TRUE(!name || name->size() < 200) << size;
  }
  EXPECT_EQ(demangled_rust("_R" + std::string(100000, 'M')), std::nullopt);
  // Each tuple contains the previous one twice.
  std::string doubled = "_RINvC1a1bTyyE";
  for (const char* at : {"6_", "9_", "f_", "l_", "r_", "x_", "D_"})
    doubled += std::string("TB") + at + "B" + at + "E";
  EXPECT_NO_THROW((void)demangled_rust(doubled + "E"));
}

TEST(RustNames, LoseTheSuffixOfLlvm) {
  EXPECT_EQ(without_suffix("_ZN1a1b17h0123456789abcdefE.llvm.1234567"),
            "_ZN1a1b17h0123456789abcdefE");
  EXPECT_EQ(without_suffix("on_flow_init.constprop.0"), "on_flow_init.constprop.0");
}

}  // namespace
}  // namespace surisim::base
