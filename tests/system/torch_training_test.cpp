// Whole trainings by the program, beside torch's: tests/golden/generate/torch_training.py made the numbers.
#include <gmock/gmock.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/program.hpp"

namespace rekindle::system_test {
namespace {

namespace json = boost::json;

const std::filesystem::path data = REKINDLE_TRAINING_DATA;

json::value json_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return json::parse(text.str());
}

std::string configuration_of(const json::value& one) {
  const bool binary = one.at("task").as_string() == "binary";
  std::string text =
      "[source]\ntype = \"file\"\npath = \"samples.csv\"\nformat = \"csv\"\n[schema]\nfeatures = [\"x0\", \"x1\", \"x2\", \"x3\"]\n";
  text += binary ? "task = \"binary\"\nlabel = \"y\"\n" : "task = \"multiclass\"\nlabel = \"z\"\nclasses = 3\n";
  text += "[preprocess]\nscale = \"none\"\n[drift]\npolicy = \"none\"\n";
  return text + std::string(one.at("settings").as_string());
}

// One pass over the samples, through a checkpoint, out as JSON.
json::value trained(const json::value& one, const TemporaryFolder& folder) {
  const auto configuration = (folder / "r.toml").string();
  const auto state = (folder / "state").string();
  write_file(configuration, configuration_of(one));
  ProcessOptions options;
  options.folder = data;
  const auto replayed = run({program(), "replay", "-c", configuration, "--from", "samples.csv", "--checkpoint", state, "--json"}, options);
  EXPECT_EQ(replayed.status.code, 0) << replayed.err;
  EXPECT_EQ(json::parse(replayed.out).at("updates").to_number<int>(), 2000);
  const auto exported = rekindle({"export", state, "--format", "json"});
  EXPECT_EQ(exported.status.code, 0) << exported.err;
  return json::parse(exported.out);
}

void expect_layers(const json::array& ours, const json::array& theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const auto& name = ours[i].at("name").as_string();
    EXPECT_EQ(name, theirs[i].at("name").as_string());
    EXPECT_EQ(ours[i].at("shape"), theirs[i].at("shape")) << name;
    const auto& values = ours[i].at("values").as_array();
    const auto& wanted = theirs[i].at("values").as_array();
    ASSERT_EQ(values.size(), wanted.size()) << name;
    for (std::size_t j = 0; j < values.size(); ++j) {
      const auto value = values[j].to_number<double>();
      const auto other = wanted[j].to_number<double>();
      EXPECT_LE(std::abs(value - other), 1e-6 * std::max(std::abs(value), std::abs(other)) + 1e-15) << name << " " << j;
    }
  }
}

class CommandLineTraining : public testing::TestWithParam<const char*> {};

TEST_P(CommandLineTraining, GivesTheWeightsOfTorchAfterTwoThousandUpdates) {
  int checked = 0;
  const auto theirs = json_of(data / "torch.json");
  for (const auto& one : theirs.at("cases").as_array()) {
    const std::string name(one.at("name").as_string());
    if (!name.starts_with(GetParam())) continue;
    SCOPED_TRACE(name);
    const TemporaryFolder folder;
    expect_layers(trained(one, folder).at("layers").as_array(), one.at("layers").as_array());
    ++checked;
  }
  EXPECT_EQ(checked, 12);
}

INSTANTIATE_TEST_SUITE_P(WithEachOptimizer, CommandLineTraining, testing::Values("linear_", "mlp_"),
                         [](const auto& of) { return std::string(of.param) + "model"; });

}  // namespace
}  // namespace rekindle::system_test
