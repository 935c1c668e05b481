#include "app/model_board.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "support/learners.hpp"

namespace rekindle {
namespace {

constexpr std::size_t features = 4001;

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (std::size_t j = 0; j < features; ++j) out.push_back(fmt::format("x{}", j));
  return out;
}

// All weights and the bias are the same number at any moment, as all features of what is learned are 1: so a sample of 1, -1, 1, ...
// has the prediction 0 by each whole model, and another by two halves of different ones.
Sample learned(double label) {
  Sample sample;
  sample.values.assign(features, 1);
  sample.label = {Label::Kind::number, label, ""};
  return sample;
}

std::unique_ptr<Learner> linear_learner() {
  test::Recipe recipe;
  recipe.task = Task::regression;
  recipe.scale = ScaleKind::none;
  recipe.optimizer = "sgd";
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.lr = 1e-5;
  recipe.policy = "none";
  recipe.precision = Precision::float64;
  return std::make_unique<Learner>(test::spec_of(recipe), names());
}

std::string revealing() {
  std::string json = "{";
  for (std::size_t j = 0; j < features; ++j) json += fmt::format("{}\"x{}\":{}", j == 0 ? "" : ",", j, j % 2 == 0 ? -1 : 1);
  return json + "}";
}

TEST(ModelBoard, NeverShowsAMixOfTwoModels) {
  auto learner = linear_learner();
  ModelBoard board(learner->spec().schema, {});
  std::atomic<bool> over{false};
  std::thread learning([&] {
    Rejection why;
    for (std::uint64_t i = 0; !over; ++i) {
      (void)learner->observe(learned(i % 2000 < 1000 ? 1000 : -1000), why);
      board.offer(stamp_of(*learner));
    }
  });
  const auto sample = revealing();
  std::uint64_t first = 0;
  std::uint64_t versions = 0;
  const auto begun = steady_now();
  while (versions < 10 && seconds_since(begun) < 60) {
    const auto served = board.predict(sample);
    if (!served) continue;  // Before the first model.
    EXPECT_EQ(served->prediction.value, 0) << "by model " << served->model_version;
    versions += served->model_version != first ? 1 : 0;
    first = served->model_version;
  }
  over = true;
  learning.join();
  EXPECT_EQ(versions, 10U) << "models were seen";
  const auto plain = board.predict(R"({"x0":1)" + sample.substr(sample.find(',')));
  ASSERT_TRUE(plain);
  EXPECT_NE(plain->prediction.value, 0) << "the weights are not 0, so a mix would show";
}

// As a group's leader says between two samples.
TEST(ModelBoard, ShowsWhatTheLearnerHasAdoptedSinceItsNewestSample) {
  const auto learner = linear_learner();
  ModelBoard board(learner->spec().schema, {});
  Rejection why;
  (void)learner->observe(learned(1), why);
  auto stamp = stamp_of(*learner);
  board.offer(stamp);
  auto common = learner->common();
  common.weights.back() += 42;
  ASSERT_TRUE(learner->adopt(common));
  const auto sample = revealing();
  const auto before = board.predict(sample)->prediction.value;
  stamp.adopted = 1;
  const auto begun = steady_now();
  while (board.predict(sample)->prediction.value == before && seconds_since(begun) < 60) board.offer(stamp);
  EXPECT_NEAR(board.predict(sample)->prediction.value, before + 42, 1e-9);
}

}  // namespace
}  // namespace rekindle
