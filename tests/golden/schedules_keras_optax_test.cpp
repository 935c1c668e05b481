#include <algorithm>

#include "schedules.hpp"

namespace rekindle::test {
namespace {

SchedulePointer of_keras(const std::string& name, dom::element p) {
  const auto has = [&](const char* key) { return !dom::element(p).at_key(key).error(); };
  const double lr = has("initial_learning_rate") ? number(p["initial_learning_rate"]) : 0.1;
  if (name.starts_with("keras_exponential_") || name.starts_with("keras_inverse_time_")) {
    const bool staircase = p["staircase"];
    return make_schedule(name.starts_with("keras_exponential_") ? "exponential" : "inverse_time",
                         {{"decay_rate", number(p["decay_rate"])}, {"decay_steps", number(p["decay_steps"])}, {"staircase", staircase}},
                         lr);
  }
  if (name.starts_with("keras_polynomial_")) {
    const bool cycle = p["cycle"];
    return make_schedule("polynomial",
                         {{"total_iters", number(p["decay_steps"])},
                          {"power", number(p["power"])},
                          {"end_lr", number(p["end_learning_rate"])},
                          {"cycle", cycle}},
                         lr);
  }
  if (name.starts_with("keras_piecewise_")) {
    auto given = parameters(p);
    // Keras changes behind the boundary, torch, optax and we at it.
    Array boundaries;
    for (const auto& one : *given.find("boundaries")->value.array()) boundaries.emplace_back(*one.number() + 1);
    return make_schedule("piecewise", {{"boundaries", boundaries}, {"values", *given.find("values")->value.array()}});
  }
  if (name.starts_with("keras_cosine_restarts_")) {
    return make_schedule("cosine_restarts",
                         {{"T_0", number(p["first_decay_steps"])},
                          {"T_mult", number(p["t_mul"])},
                          {"peak_decay", number(p["m_mul"])},
                          {"eta_min", number(p["alpha"]) * lr}},
                         lr);
  }
  if (!name.starts_with("keras_cosine_")) return nullptr;
  const double peak = has("warmup_target") ? number(p["warmup_target"]) : lr;
  auto main = make_schedule("cosine", {{"T_max", number(p["decay_steps"])}, {"eta_min", number(p["alpha"]) * peak}}, peak);
  if (!has("warmup_target")) return main;
  return with_warmup({number(p["warmup_steps"]), lr / peak, WarmupKind::linear}, std::move(main));
}

TEST(KerasSchedules, AreFollowedStepByStep) {
  const GoldenFile file("lr_keras");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    SCOPED_TRACE(name);
    const auto ours = of_keras(name, one["params"]);
    ASSERT_NE(ours, nullptr) << "not checked";
    // Keras computes the cosine in float32.
    expect_rates(*ours, number_rows(one["lr"])[0], name.starts_with("keras_cosine_") ? 1e-5 : 1e-9);
    ++checked;
  }
  EXPECT_EQ(checked, 12);
}

const std::vector<NotOurs> not_of_optax = {
    {"optax_warmup_exponential_1", "a warm-up from zero and a delay before the decay"},
    {"optax_warmup_cosine_1", "the cosine squared"},
    {"optax_sgdr_", "every cycle has a peak and a warm-up of its own"},
    {"optax_piecewise_interpolate_", "interpolates between the values"},
    {"optax_linear_onecycle_", "a flat bottom of its own between the phases"},
};

// A linear rise that may begin at zero, which a warm-up's factor cannot say: a sequence of a linear part and the main one.
SchedulePointer after_rise(double from, double to, double steps, Value main) {
  Table given;
  given.set("schedules",
            Value(Array{part("linear", table({{"total_iters", steps}, {"start_factor", from / to}, {"end_factor", 1}})), std::move(main)}),
            {});
  given.set("milestones", Value(Array{Value(steps)}), {});
  return build("sequence", given, to);
}

SchedulePointer of_optax(const std::string& name, dom::element p) {
  if (name == "optax_warmup_exponential_0") {
    return after_rise(
        number(p["init_value"]), number(p["peak_value"]), number(p["warmup_steps"]),
        part("exponential", table({{"decay_rate", number(p["decay_rate"])}, {"decay_steps", number(p["transition_steps"])}})));
  }
  if (name == "optax_warmup_cosine_0") {
    const double steps = number(p["warmup_steps"]);
    return after_rise(number(p["init_value"]), number(p["peak_value"]), steps,
                      part("cosine", table({{"T_max", number(p["decay_steps"]) - steps}, {"eta_min", number(p["end_value"])}})));
  }
  if (name == "optax_polynomial_0") {
    Table given;
    const auto main =
        table({{"total_iters", number(p["transition_steps"])}, {"power", number(p["power"])}, {"end_lr", number(p["end_value"])}});
    given.set("schedules", Value(Array{part("constant", {}), part("polynomial", main)}), {});
    given.set("milestones", Value(Array{Value(number(p["transition_begin"]))}), {});
    return build("sequence", given, number(p["init_value"]));
  }
  if (name == "optax_piecewise_constant_0") {
    return make_schedule("piecewise",
                         {{"boundaries", Array{Value(20), Value(60)}}, {"values", Array{Value(0.1), Value(0.05), Value(0.005)}}});
  }
  if (name == "optax_join") {
    Table given;
    given.set("schedules",
              Value(Array{part("linear", table({{"total_iters", 20}, {"start_factor", 0}, {"end_factor", 1}})),
                          part("cosine", table({{"T_max", 50}, {"eta_min", 0.01}})),
                          part("exponential", table({{"lr", 0.05}, {"decay_rate", 0.9}, {"decay_steps", 10}}))}),
              {});
    given.set("milestones", Value(Array{Value(20), Value(70)}), {});
    return build("sequence", given, 0.1);
  }
  return nullptr;
}

TEST(OptaxSchedules, AreFollowedStepByStep) {
  const GoldenFile file("lr_optax");
  int checked = 0;
  for (const dom::element one : file.cases()) {
    const auto name = text(one["name"]);
    if (is_not_ours(name, not_of_optax) || name == "optax_cosine_onecycle_0") continue;
    SCOPED_TRACE(name);
    const auto ours = of_optax(name, one["params"]);
    ASSERT_NE(ours, nullptr) << "not checked";
    const auto theirs = number_rows(one["lr"])[0];
    const bool has_floor = name == "optax_warmup_exponential_0";
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      const auto step = static_cast<double>(i);
      // Their floor of the decay is our lr_min, which belongs to the rate control.
      const bool floored = has_floor && step >= number(one["params"]["warmup_steps"]);
      const double rate = floored ? std::max(ours->rate_at(step), number(one["params"]["end_value"])) : ours->rate_at(step);
      ASSERT_TRUE(close(rate, theirs[i], 1e-6, 1e-18)) << "step " << i;
    }
    ++checked;
  }
  EXPECT_EQ(checked, 5);
}

// Theirs counts transition_steps intervals, torch's and ours total_steps points: one interval less.
TEST(OptaxSchedules, AreFollowedByOneCycleWithOneMorePoint) {
  const GoldenFile file("lr_optax");
  for (const dom::element one : file.cases()) {
    if (text(one["name"]) != "optax_cosine_onecycle_0") continue;
    const dom::element p = one["params"];
    const auto theirs = number_rows(one["lr"])[0];
    const double steps = number(p["transition_steps"]);
    const double rise = steps * number(p["pct_start"]);
    // Torch's rise ends at pct_start * total_steps - 1.
    const auto ours = make_schedule("one_cycle", {{"max_lr", number(p["peak_value"])},
                                                  {"total_steps", steps + 1},
                                                  {"pct_start", (rise + 1) / (steps + 1)},
                                                  {"div_factor", number(p["div_factor"])},
                                                  {"final_div_factor", number(p["final_div_factor"])}});
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      ASSERT_TRUE(close(ours->rate_at(static_cast<double>(i)), theirs[i], 1e-6)) << "step " << i;
    }
    return;
  }
  FAIL() << "the case is gone";
}

}  // namespace
}  // namespace rekindle::test
