// What `replay` says of the schedule on streams made for it, and that its advice, put into the configuration, lowers the loss there.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "base/random.hpp"
#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {
namespace {

using testing::HasSubstr;

std::string record(const std::vector<double>& x, double y) {
  std::string out = "{";
  for (std::size_t i = 0; i < x.size(); ++i) out += fmt::format("\"x{}\":{},", i, x[i]);
  return out + fmt::format("\"y\":{}}}", y);
}

std::vector<double> normal(Random& random, std::size_t size) {
  std::vector<double> x(size);
  for (auto& value : x) value = random.normal();
  return x;
}

// y is linear in five normal inputs, with noise; from `drift` on with the other sign.
std::vector<std::string> numbers(std::size_t count, std::size_t drift = ~std::size_t{0}) {
  Random random(31);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = normal(random, 5);
    const double y = x[0] - 0.7 * x[1] + 0.5 * x[2] + 0.2 * x[3];
    out.push_back(record(x, (i < drift ? y : -y) + 0.3 * random.normal()));
  }
  return out;
}

// The same hundred samples again and again, whose labels are noise.
std::vector<std::string> memorised(std::size_t count) {
  Random random(32);
  std::vector<std::string> set;
  for (int i = 0; i < 100; ++i) set.push_back(record(normal(random, 60), random.uniform() < 0.5 ? 0 : 1));
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(set[i % set.size()]);
  return out;
}

// How a made stream is learned.
struct Made {
  std::vector<std::string> records;
  std::string task = "regression";
  std::string schedule = "type = \"constant\"";  // The section's keys.
  std::string more;                              // Sections besides.
  std::string optimizer = "type = \"sgd\"";
};

struct Replayed {
  std::string said;
  double loss = 0;  // Over the second half of the rows; of held-out ones alone where there are any.
};

class Verdict : public testing::Test {
 protected:
  [[nodiscard]] Replayed replayed(const Made& made) const {
    const auto [configuration, recording, trace] = std::tuple(folder_ / "made.toml", folder_ / "made.jsonl", folder_ / "trace.csv");
    write_lines(recording, made.records);
    write_file(
        configuration,
        fmt::format("[source]\ntopic = \"t\"\n[schema]\ntask = \"{}\"\nlabel = \"y\"\n[preprocess]\nscale = \"none\"\n[optimizer]\n{}\n"
                    "[schedule]\n{}\n{}\n",
                    made.task, made.optimizer, made.schedule, made.more));
    const auto done = rekindle({"replay", "-c", configuration.string(), "--from", recording.string(), "--trace", trace.string()});
    EXPECT_EQ(done.status.code, 0) << done.err;
    return {done.out, traced_loss(trace, made.more.find("validation_every") != std::string::npos)};
  }

  // sample,label,prediction,loss,error,lr,update,event; a row that leaves `update` alone was held out.
  static double traced_loss(const std::filesystem::path& trace, bool held_out_only) {
    std::ifstream file(trace);
    std::string line;
    std::vector<double> losses;
    std::string last_update;
    std::getline(file, line);
    while (std::getline(file, line)) {
      std::vector<std::string> cells;
      std::istringstream row(line);
      for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
      const auto& update = cells.at(6);
      if (!held_out_only || update == last_update) losses.push_back(std::stod(cells.at(3)));
      last_update = update;
    }
    double sum = 0;
    for (std::size_t i = losses.size() / 2; i < losses.size(); ++i) sum += losses[i];
    return sum / static_cast<double>(losses.size() - losses.size() / 2);
  }

  // The verdict with its cause, and that what `advised` does is better by more than 5 %.
  void expect(const std::string& verdict, const std::string& cause, const Made& made, const Made& advised) const {
    const auto before = replayed(made);
    EXPECT_THAT(before.said, HasSubstr("schedule    " + verdict + ": "));
    EXPECT_THAT(before.said, HasSubstr(cause));
    const auto after = replayed(advised);
    EXPECT_LT(after.loss, 0.95 * before.loss) << verdict;
    EXPECT_THAT(after.said, testing::Not(HasSubstr("schedule    " + verdict + ": ")));
  }

 private:
  TemporaryFolder folder_;
};

constexpr const char* no_answer = "[drift]\npolicy = \"none\"\n";

TEST_F(Verdict, AScheduleThatSettlesHelps) {
  const auto found =
      replayed({numbers(6000), "regression", "type = \"exponential\"\nlr = 0.09\ndecay_rate = 0.5\ndecay_steps = 1000", no_answer});
  EXPECT_THAT(found.said, HasSubstr("schedule    helping: "));
}

TEST_F(Verdict, AScheduleDecayedToNothingHarmsAfterADriftAndRestartingHelps) {
  const std::string decaying = "type = \"exponential\"\nlr = 0.02\ngamma = 0.998";
  expect("harming", "decayed too far", {numbers(8000, 6000), "regression", decaying, no_answer},
         {numbers(8000, 6000), "regression", decaying, "[drift]\npolicy = \"restart\"\n"});
}

TEST_F(Verdict, ARateFarTooHighDivergesAndALowerOneHelps) {
  expect("diverging", "the steps are too long", {numbers(3000), "regression", "type = \"constant\"\nlr = 0.5", no_answer},
         {numbers(3000), "regression", "type = \"constant\"\nlr = 0.05", no_answer});
}

TEST_F(Verdict, ARateALittleTooHighOscillatesAndALowerOneHelps) {
  expect("oscillating", "jump over the minimum", {numbers(10'000), "regression", "type = \"constant\"\nlr = 0.115", no_answer},
         {numbers(10'000), "regression", "type = \"constant\"\nlr = 0.03", no_answer});
}

TEST_F(Verdict, MemorisedNoiseIsOverfittingAndWeightDecayHelps) {
  const std::string rate = "type = \"constant\"\nlr = 0.3";
  // Divides the number of samples: what is held out was never learned.
  const std::string never_learned = std::string(no_answer) + "[learner]\nvalidation_every = 5\n";
  expect("overfitting", "on held-out samples", {memorised(20'000), "binary", rate, never_learned},
         {memorised(20'000), "binary", rate, never_learned, "type = \"sgd\"\nweight_decay = 0.3"});
}

TEST_F(Verdict, APlateauIsStalledAndRaisingTheRateHelps) {
  const std::string tiny = "type = \"constant\"\nlr = 1e-7";
  expect("stalled", "little better than knowing nothing", {numbers(20'000), "regression", tiny, no_answer},
         {numbers(20'000), "regression", tiny,
          std::string(no_answer) + "[learner.plateau_bump]\npatience = 200\nfactor = 10.0\nmax_lr = 0.05\n"});
}

TEST_F(Verdict, WeightDecayThatOutweighsTheGradientIsUnderfittingAndLessOfItHelps) {
  const std::string rate = "type = \"constant\"\nlr = 0.005";
  expect("stalled", "underfitting: ", {numbers(20'000), "regression", rate, no_answer, "type = \"sgd\"\nweight_decay = 50.0"},
         {numbers(20'000), "regression", rate, no_answer, "type = \"sgd\"\nweight_decay = 0.001"});
}

TEST_F(Verdict, AGoodConstantRateIsNeutral) {
  EXPECT_THAT(replayed({numbers(10'000), "regression", "type = \"constant\"\nlr = 0.02", no_answer}).said,
              HasSubstr("schedule    neutral: "));
}

}  // namespace
}  // namespace rekindle::system_test
