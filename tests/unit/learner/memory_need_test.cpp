#include "learner/memory_need.hpp"

#include <gtest/gtest.h>

#include "support/learners.hpp"

namespace rekindle {
namespace {

LearnerSpec spec_with(const std::string& optimizer, Precision precision = Precision::float32) {
  auto spec = test::spec_of({});
  Diagnostics ignored;
  const auto* row = find_row(optimizers(), optimizer);
  spec.member.optimizer = {row, check_parameters(row_keys(*row, common_optimizer_parameters()), {}, "", ignored)};
  spec.member.precision = precision;
  return spec;
}

TEST(MemoryNeed, CountsAccumulatorsAndPrecision) {
  EXPECT_LT(memory_need(spec_with("sgd")).a_weight, memory_need(spec_with("adagrad")).a_weight);
  EXPECT_LT(memory_need(spec_with("adagrad")).a_weight, memory_need(spec_with("adam")).a_weight);
  EXPECT_GT(memory_need(spec_with("adam", Precision::float64)).a_weight, 1.8 * memory_need(spec_with("adam")).a_weight);
}

// Adam has a weight and two means of four bytes each. A learner to go back to has them once; as they are saved once more, in a buffer
// that has grown by a quarter, and packed: noise does not become smaller.
TEST(MemoryNeed, CountsWhatIsSavedOnceAsItIsWrittenAndOncePacked) {
  auto spec = spec_with("adam");
  spec.drift.policy = find_row(policies(), "restart");
  constexpr double image = 12;
  EXPECT_NEAR(memory_need(spec).rollback, image * (1 + 1.25 + 1), 2);
  ByteWriter out;
  for (int i = 0; i < 1'000'000; ++i) out.put(i);
  const auto written = out.take();
  EXPECT_LE(static_cast<double>(written.capacity()), 1.25 * static_cast<double>(written.size()));
}

// Adam's twelve bytes, two numbers and a place of four bytes; the last good state; both saved; two numbers for predictions.
TEST(MemoryNeed, CountsOneLearnerOnce) {
  auto spec = spec_with("adam");
  spec.shadow = false;
  spec.drift.policy = find_row(policies(), "none");
  EXPECT_NEAR(memory_need(spec).a_weight, 12 + 12 + 12 + 2 * 12 * (1.25 + 1) + 8, 3);
}

// Another one, and it is saved.
TEST(MemoryNeed, CountsAShadowOnce) {
  auto spec = spec_with("adam");
  spec.shadow = true;
  const auto both = memory_need(spec).a_weight;
  spec.shadow = false;
  EXPECT_NEAR(both - memory_need(spec).a_weight, 12 + 12 + 12 * (1.25 + 1), 2);
}

TEST(MemoryNeed, KeepsNothingToGoBackToWhereNothingResponds) {
  auto spec = spec_with("adam");
  spec.drift.policy = find_row(policies(), "none");
  EXPECT_EQ(memory_need(spec).rollback, 0);
}

TEST(MemoryNeed, CountsWhatLearnsBeside) {
  auto spec = spec_with("adam");
  spec.shadow = true;
  const auto both = memory_need(spec).a_weight;
  spec.shadow = false;
  EXPECT_LT(memory_need(spec).a_weight, both);
  spec.mode = LearnerMode::portfolio;
  EXPECT_EQ(memory_need(spec).challenger, 0) << "a portfolio has no trials";
}

TEST(MemoryNeed, IsHardlyAnotherForAnotherModelOfItsKind) {
  auto spec = spec_with("adam");
  spec.member.model.kind = ModelKind::mlp;
  spec.member.model.hidden = {60'000, 60'000};
  EXPECT_NEAR(memory_need(spec).a_weight, memory_need(spec_with("adam")).a_weight, 10) << "and nothing of that size is made for it";
}

TEST(MemoryNeed, OfAnMlpGoesByItsFirstLayer) {
  auto spec = spec_with("adam");
  spec.memory_limit = 1000;
  spec.member.model.kind = ModelKind::mlp;
  spec.member.model.hidden = {100, 7};
  const MemoryNeed a_byte_each{1, 0, 0, 0};
  EXPECT_TRUE(fits_memory(spec, a_byte_each, 1, 10));
  EXPECT_FALSE(fits_memory(spec, a_byte_each, 1, 11));
}

TEST(MemoryNeed, GivesOutWhatIsLeftInAnOrder) {
  const MemoryNeed need{100, 10, 20, 50};
  EXPECT_TRUE(need.fits(10, 1000));
  EXPECT_FALSE(need.fits(10, 999));
  EXPECT_FALSE(need.fits_rollback(10, 1099));
  EXPECT_TRUE(need.fits_rollback(10, 1100));
  EXPECT_EQ(need.challengers_that_fit(10, 1000), 1U);
  EXPECT_EQ(need.challengers_that_fit(10, 1299), 1U);
  EXPECT_EQ(need.challengers_that_fit(10, 1300), 2U);
  EXPECT_EQ(need.archived_that_fit(10, 3499), 0U);
  EXPECT_EQ(need.archived_that_fit(10, 3500), 1U);
  EXPECT_EQ(need.archived_that_fit(10, 1'000'000'000), 1000U);
  EXPECT_EQ(MemoryNeed{100}.archived_that_fit(10, 5000), 1000U) << "what takes nothing";
}

}  // namespace
}  // namespace rekindle
