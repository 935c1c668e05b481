// A portfolio against what its header says, worked out beside it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "learner/portfolio.hpp"
#include "learner/portfolio_section.hpp"
#include "optimizer/idbd.hpp"
#include "support/learners.hpp"
#include "unit/learner/portfolio_parts.hpp"

namespace rekindle {
namespace {

using test::bytes_of;
using test::portfolio;

// What portfolio.hpp says, worked out beside it from members that learn by themselves.
class Worked {
 public:
  struct One {
    std::string name;
    MemberSpec spec;
    std::unique_ptr<Member> member;
    double weight = 0;
    double loss = 0;
    Prediction prediction = {};
  };

  Worked(const LearnerSpec& spec, std::size_t features, std::size_t classes) : spec_(spec), features_(features), classes_(classes) {
    const bool full = spec.budget == PortfolioBudget::full;
    if (spec.member.model.kind == ModelKind::linear) {
      share_ = 3e-4;
      if (full) add("idbd_0.01", "idbd", 0.01);
      add("idbd_0.1", "idbd", 0.1);
      if (full) add("rmsprop_0.04", "rmsprop", 0.04);
      add("anchor", "adagrad", 0.15);
    } else {
      share_ = 1e-3;
      if (full) add("idbd_0.005", "idbd", 0.005);
      add("idbd_0.03", "idbd", 0.03);
      if (full) add("idbd_0.2", "idbd", 0.2);
      add("anchor", "adagrad", 0.1);
    }
    count_alike();
  }

  [[nodiscard]] const std::vector<One>& all() const { return all_; }

  void predict(const Features& x) {
    for (auto& one : all_) one.member->predict(x, one.prediction);
    mixed_.assign(std::max<std::size_t>(1, all_[0].prediction.probabilities.size()), 0);
    for (const auto& one : all_) {
      for (std::size_t k = 0; k < mixed_.size(); ++k)
        mixed_[k] += one.weight * (is_classification() ? one.prediction.probabilities[k] : one.member->scores()[0]);
    }
  }
  // Probabilities, or the one value.
  [[nodiscard]] const std::vector<double>& mixed() const { return mixed_; }
  [[nodiscard]] double loss(double target) const {
    if (!is_classification()) return (mixed_[0] - target) * (mixed_[0] - target);
    return -std::log(std::max(mixed_[static_cast<std::size_t>(target)], 1e-300));
  }

  Lesson learn(const Features& x, double target, const StepClock& now) {
    count(target);
    Lesson last;
    for (auto& one : all_) last = one.member->learn(x, target, 1, now);
    if (last.updated) energy_ += last.gradient_norm * last.gradient_norm;
    if (last.skipped) energy_ = 0;
    return last;
  }

  [[nodiscard]] double rate(const StepClock& now) const {
    const auto& anchor = *all_.back().member;
    return anchor.rate(now) / std::sqrt(1 + energy_ / static_cast<double>(anchor.parameters()));
  }

  void forget(double fraction) {
    for (auto& one : all_) one.member->forget(fraction);
    energy_ *= 1 - fraction;
  }

  void renew(const StepClock& now) {
    std::size_t best = 0;
    for (std::size_t k = 1; k < all_.size(); ++k) {
      if (all_[k].weight > all_[best].weight) best = k;
    }
    auto& anchor = all_.back();
    ByteWriter model;
    all_[best].member->save_model(model);
    ByteReader in(model.bytes());
    anchor.member->load_model(in);
    anchor.member->restart(now, 0);
    anchor.member->forget(1);
    energy_ = 0;
    One* worst = nullptr;
    for (std::size_t k = 0; k + 1 < all_.size(); ++k) {
      if (k != best && (worst == nullptr || all_[k].loss > worst->loss)) worst = &all_[k];
    }
    if (worst != nullptr) {
      auto fresh = worst->spec;
      fresh.model.seed += all_.size() * ++renewals_;
      worst->member = make(fresh);
      worst->member->begin(now);
      worst->loss = 0.7;
    }
    count_alike();
  }

  [[nodiscard]] std::vector<std::byte> saved_optimizer() const {
    ByteWriter out;
    out.put(energy_);
    out.put(renewals_);
    for (const auto& one : all_) {
      ByteWriter part;
      one.member->save_optimizer(part);
      out.put_array(part.bytes());
    }
    return {out.bytes().begin(), out.bytes().end()};
  }

 private:
  [[nodiscard]] bool is_classification() const { return spec_.schema.task != Task::regression; }
  [[nodiscard]] std::unique_ptr<Member> make(const MemberSpec& spec) const {
    return make_member(spec, spec_.schema.task, spec_.inputs(features_), classes_, spec_.batch_size);
  }

  void add(const std::string& name, const std::string& optimizer, double lr) {
    auto spec = spec_.member;
    spec.model.seed += all_.size();
    const auto& row = optimizer == "idbd" ? idbd_row() : *find_row(optimizers(), optimizer);
    Diagnostics diagnostics;
    spec.optimizer = {&row, check_parameters(row_keys(row, common_optimizer_parameters()), {}, "", diagnostics)};
    spec.schedule.schedule = test::choose(schedules(), "constant", {});
    spec.schedule.lr = lr;
    spec.controls.guard = {std::numeric_limits<double>::infinity(), 1, false};
    all_.push_back({name, spec, make(spec)});
  }

  void count_alike() {
    for (auto& one : all_) one.weight = 1 / static_cast<double>(all_.size());
  }

  void count(double target) {
    std::vector<double> losses;
    double usual = std::numeric_limits<double>::infinity();
    for (auto& one : all_) {
      losses.push_back(is_classification() ? 0 : one.member->evaluate(target));
      if (one.loss > 0) usual = std::min(usual, one.loss);
    }
    if (!std::isfinite(usual)) usual = *std::ranges::min_element(losses);
    double total = 0;
    for (std::size_t k = 0; k < all_.size(); ++k) {
      auto& one = all_[k];
      double likelihood = 0;
      double loss = 0;
      if (is_classification()) {
        likelihood = std::max(1e-4, one.prediction.probabilities[static_cast<std::size_t>(target)]);
        loss = -std::log(likelihood);
      } else {
        likelihood = std::max(1e-4, std::exp(-losses[k] / (2 * usual)));
        loss = std::min(losses[k], 1000 * usual);
      }
      one.weight *= likelihood;
      total += one.weight;
      one.loss += 0.005 * (loss - one.loss);
    }
    for (auto& one : all_) one.weight = (1 - share_) * one.weight / total + share_ / static_cast<double>(all_.size());
  }

  LearnerSpec spec_;
  std::size_t features_;
  std::size_t classes_;
  std::vector<One> all_;
  std::vector<double> mixed_;
  double share_ = 0;
  double energy_ = 0;
  std::uint64_t renewals_ = 0;
};

struct Lessons {
  Features x;
  double target = 0;
};

// A concept that turns every 60 samples, with features now and then that make every member sure, and absurd labels.
std::vector<Lessons> turning(Task task, std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<Lessons> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto values = out[i].x.resize<double>(3);
    for (auto& value : values) value = random.normal();
    if (i % 17 == 16) values[0] *= 200;
    const double y = (i / 60 % 2 == 0 ? 1 : -1) * (values[0] - 0.5 * values[1]) + 0.3 * random.normal();
    const double third = values[2] > 0.7 ? 2 : 0;
    out[i].target = task == Task::regression ? y : (task == Task::binary ? (y > 0 ? 1 : 0) : (third != 0 ? third : (y > 0 ? 1 : 0)));
    if (task == Task::regression && i % 53 == 52) out[i].target = 1e6;
    if (task == Task::regression && i == 205) out[i].target = 1e300;
  }
  return out;
}

PortfolioSection section_of(const Portfolio& portfolio) {
  const auto bytes = bytes_of([&](ByteWriter& out) { portfolio.save_model(out); });
  ByteReader in(bytes);
  auto section = read_portfolio(in);
  EXPECT_TRUE(in.ok() && in.at_end());
  return section;
}

void expect_the_same_state(const Portfolio& portfolio, const Worked& worked) {
  const auto section = section_of(portfolio);
  ASSERT_EQ(section.models.size(), worked.all().size());
  for (std::size_t k = 0; k < section.models.size(); ++k) {
    const auto& one = worked.all()[k];
    EXPECT_EQ(section.models[k], bytes_of([&](ByteWriter& out) { one.member->save_model(out); })) << one.name;
    EXPECT_NEAR(section.weights[k], one.weight, 1e-12) << one.name;
    EXPECT_NEAR(section.losses[k], one.loss, 1e-12 * std::max(1.0, one.loss)) << one.name;
  }
  EXPECT_EQ(bytes_of([&](ByteWriter& out) { portfolio.save_optimizer(out); }), worked.saved_optimizer());
}

void expect_the_same_prediction(const Portfolio& portfolio, const Prediction& prediction, const Worked& worked) {
  const auto& mixed = worked.mixed();
  const bool classes = !prediction.probabilities.empty();
  ASSERT_EQ(portfolio.scores().size(), mixed.size() == 2 ? 1 : mixed.size()) << "one for two classes, one for a number";
  if (!classes) {
    EXPECT_NEAR(prediction.value, mixed[0], 1e-9 * std::max(1.0, std::abs(mixed[0])));
    return;
  }
  ASSERT_EQ(prediction.probabilities.size(), mixed.size());
  for (std::size_t k = 0; k < mixed.size(); ++k) EXPECT_NEAR(prediction.probabilities[k], mixed[k], 1e-12);
  EXPECT_EQ(prediction.value, static_cast<double>(std::ranges::max_element(mixed) - mixed.begin()));
}

void expect_the_same_members(const Portfolio& portfolio, const Worked& worked, const StepClock& now) {
  const auto members = portfolio.report(now);
  ASSERT_EQ(members.size(), worked.all().size());
  for (std::size_t k = 0; k < members.size(); ++k) {
    const auto& one = worked.all()[k];
    EXPECT_EQ(members[k].name, one.name);
    EXPECT_NEAR(members[k].weight, one.weight, 1e-12);
    const bool anchor = k + 1 == members.size();
    EXPECT_EQ(members[k].lr, anchor ? worked.rate(now) : one.member->rate(now) * one.member->rate_factor()) << one.name;
  }
  EXPECT_EQ(portfolio.rate(now), worked.rate(now));
}

struct Setting {
  Task task;
  ModelKind kind;
  PortfolioBudget budget;
  std::uint64_t batch_size;
  std::uint64_t seed;
};

void expect_what_was_worked_out(const Setting& setting) {
  auto recipe = portfolio(setting.budget);
  recipe.task = setting.task;
  recipe.precision = Precision::float64;
  recipe.model.kind = setting.kind;
  if (setting.kind == ModelKind::mlp) recipe.model.hidden = {4};
  recipe.batch_size = setting.batch_size;
  const auto spec = test::spec_of(recipe);
  Portfolio tested(spec, 3, 3);
  Worked worked(spec, 3, 3);
  StepClock now;
  const auto lessons = turning(setting.task, 330, setting.seed);
  for (std::size_t i = 0; i < lessons.size(); ++i) {
    if (i % 94 == 0) {  // Between two batches.
      tested.renew(now);
      worked.renew(now);
      ASSERT_NO_FATAL_FAILURE(expect_the_same_state(tested, worked));
    }
    if (i == 150) {
      tested.forget(0.5);
      worked.forget(0.5);
    }
    const auto& [x, target] = lessons[i];
    Prediction prediction;
    tested.predict(x, prediction);
    worked.predict(x);
    expect_the_same_prediction(tested, prediction, worked);
    const double loss = worked.loss(target);
    if (std::isfinite(loss)) {
      EXPECT_NEAR(tested.evaluate(target), loss, 1e-9 * std::max(1.0, loss));
    }
    const auto lesson = tested.learn(x, target, 1, now);
    const auto anchors = worked.learn(x, target, now);
    EXPECT_EQ(lesson.gradient_norm, anchors.gradient_norm);
    EXPECT_EQ(lesson.updated, anchors.updated);
    now.updates += lesson.updated ? 1 : 0;
    expect_the_same_members(tested, worked, now);
    ASSERT_FALSE(testing::Test::HasFailure()) << "at sample " << i;
  }
  expect_the_same_state(tested, worked);
}

TEST(Portfolio, IsWhatItsMembersAndTheRuleOfMixingMakeOfIt) {
  for (const auto task : {Task::binary, Task::multiclass, Task::regression}) {
    for (const auto kind : {ModelKind::linear, ModelKind::mlp}) {
      for (const auto budget : {PortfolioBudget::full, PortfolioBudget::lite}) {
        SCOPED_TRACE(fmt::format("{} {} {}", to_string(task), to_string(kind), to_string(LearnerMode::portfolio, budget)));
        ASSERT_NO_FATAL_FAILURE(expect_what_was_worked_out({task, kind, budget, 1, 5}));
        ASSERT_NO_FATAL_FAILURE(expect_what_was_worked_out({task, kind, budget, 2, 6}));
      }
    }
  }
}

TEST(Portfolio, HasNoAccumulatorsAfterARestart) {
  const auto spec = test::spec_of(portfolio(PortfolioBudget::lite));
  Portfolio one(spec, 3, 2);
  StepClock now;
  Features x;
  for (auto& value : x.resize<float>(3)) value = 1;
  Prediction prediction;
  one.predict(x, prediction);
  (void)one.learn(x, 1, 1, now);
  EXPECT_LT(one.rate(now), 0.15);
  one.restart(now, 0);
  EXPECT_EQ(one.rate(now), 0.15);
  // The anchor's first step is its rate again, whatever the gradient: Adagrad's accumulator holds nothing else.
  const auto before = one.layers(now).front().weight_norm;
  one.predict(x, prediction);
  (void)one.learn(x, 1, 1, now);
  EXPECT_NEAR(one.layers(now).front().weight_norm - before, 0.15 * 2, 1e-6) << "of three features and the bias";
}

// A sure mixture that is wrong: its loss is that of the least probability that is counted.
TEST(Portfolio, CountsNoProbabilityBelowTheLeast) {
  for (const auto task : {Task::binary, Task::multiclass}) {
    auto recipe = portfolio();
    recipe.task = task;
    recipe.precision = Precision::float64;
    Portfolio one(test::spec_of(recipe), 1, 2);
    std::vector<double> weights;
    one.append_weights(weights);
    const bool binary = task == Task::binary;
    // A feature and the bias, of one score or of two.
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = i % (binary ? 2 : 4) == (binary ? 0 : 2) ? 1 : 0;
    std::span<const double> from(weights);
    one.take_weights(from);
    EXPECT_TRUE(from.empty());
    Features x;
    x.resize<double>(1)[0] = 1000;
    Prediction prediction;
    one.predict(x, prediction);
    EXPECT_EQ(prediction.value, 1);
    EXPECT_NEAR(one.evaluate(0), 300 * std::log(10.0), 1e-6);
    EXPECT_NEAR(one.evaluate(1), 0, 1e-9);
  }
}

}  // namespace
}  // namespace rekindle
