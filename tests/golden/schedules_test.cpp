#include <cmath>
#include <limits>
#include <set>

#include "schedule/plateau.hpp"
#include "schedule/warmup.hpp"
#include "schedules.hpp"

namespace rekindle::test {
namespace {

// Row names by the names that the case files use.
std::string row_of(const std::string& theirs) {
  if (theirs == "cosine_warm_restarts") return "cosine_restarts";
  if (theirs == "lambda_inverse_sqrt") return "inverse_sqrt";
  if (theirs.starts_with("cyclic_")) return "cyclic";
  return theirs == "onecycle" ? "one_cycle" : theirs;
}

void expect_momentum(const LearningRateSchedule& schedule, dom::element one) {
  const auto theirs = numbers(one["momentum"]);
  ASSERT_TRUE(schedule.has_momentum());
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    ASSERT_TRUE(close(schedule.momentum_at(static_cast<double>(i)).value_or(-1), theirs[i], 1e-9)) << "momentum at step " << i;
  }
}

// The part of a case's name before its number, without the optimizer that it ran on.
std::string family_of(std::string name) {
  if (name.ends_with("_adam")) name.erase(name.size() - 5);
  if (std::isdigit(static_cast<unsigned char>(name.back())) != 0) name.erase(name.find_last_of('_'));
  return name;
}

const std::set<std::string> plain_torch = {"step",
                                           "multistep",
                                           "exponential",
                                           "polynomial",
                                           "cosine",
                                           "cosine_warm_restarts",
                                           "cyclic_triangular",
                                           "cyclic_triangular2",
                                           "cyclic_exp_range",
                                           "onecycle",
                                           "linear",
                                           "constant",
                                           "lambda_inverse_sqrt"};

Table plain_parameters(dom::element one, const std::string& family) {
  auto given = parameters(one["params"]);
  if (family != "lambda_inverse_sqrt") return given;
  Table ours;
  ours.set("warmup_steps", given.find("warmup")->value, {});
  return ours;
}

TEST(TorchSchedules, AreFollowedStepByStep) {
  const GoldenFile file("lr_torch");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    const auto family = family_of(name);
    if (!plain_torch.contains(family)) continue;
    SCOPED_TRACE(name);
    const auto base = numbers(one["base_lrs"]);
    const auto theirs = number_rows(one["lr"]);
    // Torch climbs again behind T_max; we stay at the bottom.
    const double end = family == "cosine" ? number(one["params"]["T_max"]) : std::numeric_limits<double>::infinity();
    for (std::size_t group = 0; group < base.size(); ++group) {
      const auto ours = build(row_of(family), plain_parameters(one, family), base[group]);
      expect_rates(*ours, theirs[group], 1e-9, end);
      if (family == "cosine") {
        EXPECT_EQ(ours->rate_at(end + 7), ours->rate_at(end));
      }
    }
    if (family.starts_with("cyclic") || family == "onecycle") expect_momentum(*build(row_of(family), parameters(one["params"]), 0.1), one);
    ++checked;
  }
  EXPECT_EQ(checked, 27);
}

TEST(TorchSchedules, AreFollowedAfterALinearWarmup) {
  const GoldenFile file("lr_torch");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    if (!name.starts_with("sequential_warmup_")) continue;
    const dom::element given = one["params"];
    SCOPED_TRACE(name);
    ASSERT_EQ(number(given["end_factor"]), 1);
    const double steps = number(given["warmup"]);
    const Warmup warmup{steps, number(given["start_factor"]), WarmupKind::linear};
    const auto main = row_of(text(given["main"]));
    const double end = main == "cosine" ? steps + number(given["main_params"]["T_max"]) : std::numeric_limits<double>::infinity();
    const auto base = numbers(one["base_lrs"]);
    const auto theirs = number_rows(one["lr"]);
    for (std::size_t group = 0; group < base.size(); ++group) {
      expect_rates(*with_warmup(warmup, build(main, parameters(given["main_params"]), base[group])), theirs[group], 1e-9, end);
    }
    ++checked;
  }
  EXPECT_EQ(checked, 5);
}

TEST(TorchSchedules, AreFollowedOneAfterAnother) {
  const GoldenFile file("lr_torch");
  for (const dom::element one : file.cases()) {
    if (text(one["name"]) != "sequential_three") continue;
    const dom::element p = one["params"];
    Table given;
    given.set("schedules",
              Value(Array{part("constant", parameters(p["constant"])), part("cosine", parameters(p["cosine"])),
                          part("exponential", parameters(p["exponential"]))}),
              {});
    given.set("milestones", Value(Array{Value(number(p["m1"])), Value(number(p["m2"]))}), {});
    const auto base = numbers(one["base_lrs"]);
    for (std::size_t group = 0; group < base.size(); ++group) {
      expect_rates(*build("sequence", given, base[group]), number_rows(one["lr"])[group], 1e-9);
    }
    return;
  }
  FAIL() << "the case is gone";
}

TEST(TorchSchedules, AreFollowedMultiplied) {
  const GoldenFile file("lr_torch");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    if (!name.starts_with("chained_")) continue;
    SCOPED_TRACE(name);
    Array parts;
    for (const auto field : dom::element(one["params"]).get_object())
      parts.push_back(part(std::string(field.key), parameters(field.value)));
    Table given;
    given.set("schedules", Value(parts), {});
    const auto base = numbers(one["base_lrs"]);
    for (std::size_t group = 0; group < base.size(); ++group) {
      expect_rates(*build("product", given, base[group]), number_rows(one["lr"])[group], 1e-9);
    }
    ++checked;
  }
  EXPECT_EQ(checked, 3);
}

TEST(TorchSchedules, AreFollowedByThePlateauControl) {
  const GoldenFile file("lr_torch");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    if (!name.starts_with("plateau_")) continue;
    SCOPED_TRACE(name);
    Diagnostics diagnostics;
    const auto p = check_parameters(plateau_parameters(), parameters(one["params"]), "plateau", diagnostics);
    ASSERT_EQ(texts(diagnostics), "");
    const auto metric = numbers(one["metric"]);
    const auto bad = numbers(one["bad"]);
    const auto base = numbers(one["base_lrs"]);
    for (std::size_t group = 0; group < base.size(); ++group) {
      PlateauControl ours(p, base[group]);
      for (std::size_t i = 0; i < metric.size(); ++i) {
        ASSERT_TRUE(close(ours.observe(metric[i]), number_rows(one["lr"])[group][i], 1e-9)) << "step " << i;
        ASSERT_EQ(static_cast<double>(ours.bad()), bad[i]) << "step " << i;
      }
    }
    ++checked;
  }
  EXPECT_EQ(checked, 3);
}

// lr[0] is before any step, lr[i+1] follows step(epochs[i]).
TEST(TorchSchedules, AreFollowedBetweenWholeSteps) {
  const GoldenFile file("lr_torch");
  for (const dom::element one : file.cases()) {
    if (text(one["name"]) != "cosine_warm_restarts_fractional") continue;
    auto given = parameters(one["params"]);
    const auto epochs = numbers(one["params"]["epochs"]);
    const auto theirs = number_rows(one["lr"])[0];
    const auto ours = make_schedule("cosine_restarts", {{"T_0", given.find("T_0")->value.data},
                                                        {"T_mult", given.find("T_mult")->value.data},
                                                        {"eta_min", given.find("eta_min")->value.data}});
    for (std::size_t i = 0; i < epochs.size(); ++i) EXPECT_TRUE(close(ours->rate_at(epochs[i]), theirs[i + 1], 1e-9)) << epochs[i];
    return;
  }
  FAIL() << "the case is gone";
}

// Torch finds the cycle by a logarithm and puts some exact restarts at the end of the cycle before; plain steps do not.
TEST(TorchSchedules, AreFollowedByJumpsButForMissedRestarts) {
  const GoldenFile file("lr_torch");
  const std::set<double> restarts = {0, 1, 4, 13, 40, 121, 364, 1093};
  for (const dom::element one : file.cases()) {
    if (text(one["name"]) != "cosine_warm_restarts_jumps") continue;
    const auto epochs = numbers(one["params"]["epochs"]);
    const auto theirs = number_rows(one["lr"])[0];
    const auto ours = make_schedule("cosine_restarts", {{"T_0", 1}, {"T_mult", 3}});
    for (std::size_t i = 0; i < epochs.size(); ++i) {
      const double wanted = restarts.contains(epochs[i]) ? 0.1 : theirs[i + 1];
      EXPECT_TRUE(close(ours->rate_at(epochs[i]), wanted, 1e-9)) << epochs[i];
    }
    return;
  }
  FAIL() << "the case is gone";
}

// "Noam" is inverse_sqrt with another lr: d_model^-0.5 * warmup^-0.5 is its peak factor.
TEST(TorchSchedules, AreFollowedInTheFormOfNoam) {
  const GoldenFile file("lr_torch");
  for (const dom::element one : file.cases()) {
    if (text(one["name"]) != "lambda_noam") continue;
    const double warmup = number(one["params"]["warmup"]);
    const double peak = numbers(one["base_lrs"])[0] / std::sqrt(number(one["params"]["d_model"]) * warmup);
    expect_rates(*make_schedule("inverse_sqrt", {{"warmup_steps", warmup}}, peak), number_rows(one["lr"])[0], 1e-9);
    return;
  }
  FAIL() << "the case is gone";
}

TEST(TorchSchedules, AreAllOfThemCheckedHere) {
  const GoldenFile file("lr_torch");
  const std::set<std::string> others = {"cosine_warm_restarts_fractional", "cosine_warm_restarts_jumps", "lambda_noam", "sequential_three"};
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    const bool checked = plain_torch.contains(family_of(name)) || others.contains(name) || name.starts_with("sequential_warmup_") ||
                         name.starts_with("chained_") || name.starts_with("plateau_");
    // A product over all steps is no function of the step.
    EXPECT_TRUE(checked || name == "multiplicative") << name;
  }
}

}  // namespace
}  // namespace rekindle::test
