// Goal: in a program without surisim an assertion of surisim/assert.h does nothing. Method: this
// program links no part of surisim.
#include <gtest/gtest.h>

#include <utility>

#include "surisim/assert.h"

namespace {

TEST(SurisimAssert, EvaluatesNothingWithoutSurisim) {
  bool evaluated = false;
  SURISIM_ASSERT(std::exchange(evaluated, true));
  EXPECT_FALSE(evaluated);
}

}  // namespace
