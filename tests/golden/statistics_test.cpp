// Moving means, scalers and scores against River, pandas, scikit-learn and MOA. What we have no counterpart of is skipped.
#include <cmath>
#include <functional>

#include "base/moving.hpp"
#include "data/scaler.hpp"
#include "golden_file.hpp"
#include "learner/scores.hpp"

namespace rekindle::test {
namespace {

dom::element find_case(const GoldenFile& file, const std::string& name) {
  for (const dom::element one : file.cases()) {
    if (text(one["name"]) == name) return one;
  }
  ADD_FAILURE() << "no case " << name;
  return {};
}

// `value_at(i)` is asked for every index in order; those from `from` on are compared.
void expect_series(const dom::element& one, const std::function<double(std::size_t)>& value_at, double relative, std::size_t from = 0,
                   double scale = 1) {
  SCOPED_TRACE(text(one["name"]));
  const auto at = numbers(one["at"]);
  const auto theirs = numbers(one["value"]);
  std::size_t next = 0;
  int compared = 0;
  for (std::size_t k = 0; k < at.size(); ++k) {
    double ours = 0;
    while (next <= static_cast<std::size_t>(at[k])) ours = value_at(next++);
    if (at[k] < static_cast<double>(from)) continue;
    EXPECT_TRUE(close(scale * ours, theirs[k], relative, 1e-12)) << "after sample " << at[k];
    ++compared;
  }
  EXPECT_GT(compared, 2);
}

// Ours is a plain mean until it has seen 1/alpha values; from where that start is forgotten, all are the same.
TEST(MovingMean, AgreesWithThoseOfRiverAndPandas) {
  const GoldenFile file("stats");
  const auto x = numbers(file.shared("x"));
  for (const auto& [alpha, from] : {std::pair(0.5, std::size_t{0}), {0.1, std::size_t{250}}}) {
    for (const auto* name : {"ewmean", "pandas_ewm_mean", "pandas_ewm_mean_adjusted"}) {
      const bool exact_start = alpha == 0.5 && std::string(name) != "pandas_ewm_mean_adjusted";
      FadingMean mean(alpha);
      expect_series(
          find_case(file, fmt::format("{}_{}", name, alpha)),
          [&](std::size_t i) {
            mean.observe(x[i]);
            return mean.value();
          },
          1e-9, exact_start ? 0 : std::max<std::size_t>(from, 60));
    }
  }
}

TEST(MovingMean, OfTheErrorsAgreesWithTheFadingError) {
  const GoldenFile file("stats");
  const auto y = numbers(file.shared("y"));
  const auto predicted = numbers(file.shared("y_pred"));
  FadingMean mean(1 - 0.9);
  expect_series(
      find_case(file, "fading_error_0.9"),
      [&](std::size_t i) {
        mean.observe(y[i] != predicted[i] ? 1 : 0);
        return mean.value();
      },
      1e-9, 250);
}

void expect_scaled(const GoldenFile& file, const std::string& name, ScaleKind kind, double alpha, std::size_t from, double cut) {
  SCOPED_TRACE(name);
  const auto one = find_case(file, name);
  const auto rows = number_rows(file.shared("X"));
  Scaler scaler(kind, alpha, rows[0].size());
  const auto at = numbers(one["at"]);
  const auto theirs = number_rows(one["value"]);
  std::size_t next = 0;
  for (std::size_t k = 0; k < at.size(); ++k) {
    for (; next <= static_cast<std::size_t>(at[k]); ++next) scaler.observe(rows[next]);
    if (at[k] < static_cast<double>(from)) continue;
    std::vector<double> ours(rows[0].size());
    scaler.transform<double>(rows[next - 1], ours);
    for (std::size_t j = 0; j < ours.size(); ++j) {
      EXPECT_TRUE(close(ours[j], std::clamp(theirs[k][j], -cut, cut), 1e-7, 1e-9)) << "after sample " << at[k] << " feature " << j;
    }
  }
}

TEST(Scaler, AgreesWithRiver) {
  const GoldenFile file("stats");
  const double uncut = 1e300;
  expect_scaled(file, "standard_scaler", ScaleKind::standard, 0, 0, uncut);
  expect_scaled(file, "minmax_scaler", ScaleKind::minmax, 0, 0, uncut);
  expect_scaled(file, "adaptive_standard_scaler_0.5", ScaleKind::fading, 0.5, 0, 5);
  expect_scaled(file, "adaptive_standard_scaler_0.1", ScaleKind::fading, 0.1, 300, 5);
}

double metric(const Scores& scores, std::string_view name) {
  for (const auto& [known, value] : scores.metrics()) {
    if (known == name) return value.value_or(std::nan(""));
  }
  ADD_FAILURE() << "no metric " << name;
  return 0;
}

TEST(Scores, OfAClassificationAgreeWithRiverAndMoa) {
  const GoldenFile file("stats");
  const auto y = numbers(file.shared("y"));
  const auto predicted = numbers(file.shared("y_pred"));
  const auto proba = number_rows(file.shared("proba"));
  struct Followed {
    const char* name;
    const char* metric;
    double scale;
  };
  for (const auto& [name, ours, scale] : {Followed{"accuracy", "accuracy", 1},
                                          {"cohen_kappa", "kappa", 1},
                                          {"moa_accuracy", "accuracy", 100},
                                          {"moa_kappa", "kappa", 100},
                                          {"cross_entropy", "log_loss", 1}}) {
    Scores scores(Task::multiclass);
    expect_series(
        find_case(file, name),
        [&, metric_name = ours](std::size_t i) {
          scores.observe({predicted[i], proba[i]}, y[i], 0);
          return metric(scores, metric_name);
        },
        1e-9, 0, scale);
  }
}

TEST(Scores, OfABinaryTaskAgreeWithRiver) {
  const GoldenFile file("stats");
  const auto y = numbers(file.shared("y_bin"));
  const auto score = numbers(file.shared("score"));
  Scores scores(Task::binary);
  expect_series(
      find_case(file, "log_loss"),
      [&](std::size_t i) {
        scores.observe({score[i] > 0.5 ? 1.0 : 0.0, {1 - score[i], score[i]}}, y[i], 0);
        return metric(scores, "log_loss");
      },
      1e-9);
}

TEST(Scores, OfARegressionAgreeWithRiver) {
  const GoldenFile file("stats");
  const auto y = numbers(file.shared("y_real"));
  const auto predicted = numbers(file.shared("pred_real"));
  for (const auto* name : {"rmse", "mae", "r2"}) {
    Scores scores(Task::regression);
    expect_series(
        find_case(file, name),
        [&](std::size_t i) {
          scores.observe({predicted[i], {}}, y[i], 0);
          return metric(scores, name);
        },
        1e-9);
  }
}

}  // namespace
}  // namespace rekindle::test
