// A model that leaves one daemon and begins another: `export`, `import`, `run`.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/support/sanitizers.hpp"
#include "tests/system/daemon_support.hpp"
#include "tests/system/support/program.hpp"

namespace rekindle::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* numbers = R"([source]
type = "generate"
generator = { type = "sea" }
samples = 3000
[schema]
task = "binary"
label = "y"
[http]
listen = ""
)";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Below its heading.
std::vector<std::string> column(const std::string& csv, std::size_t index) {
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  std::vector<std::string> out;
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    for (std::size_t i = 0; i <= index; ++i) std::getline(cells, line, ',');
    out.push_back(line);
  }
  return out;
}

class Import : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  std::string configure(const std::string& text) {
    write_file(path("rekindle.toml"), text);
    return path("rekindle.toml");
  }
  // Into a new directory, and what is exported from there.
  Outcome import(const std::string& model, const std::string& configuration, const Arguments& more = {}) {
    std::filesystem::remove_all(path("new"));
    Arguments arguments = {"import", path(model), "-c", configuration, "--to", path("new")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return rekindle(arguments);
  }
  boost::json::value exported(const std::string& state) { return boost::json::parse(rekindle({"export", path(state)}).out); }
  std::string refusal(const std::string& model, const std::string& configuration, int code) {
    const auto done = import(model, configuration);
    EXPECT_EQ(done.status.code, code) << done.err;
    EXPECT_FALSE(std::filesystem::exists(path("new")));
    return done.err;
  }
  // Learns `from` and exports the model in both forms.
  void learn(const std::string& configuration, const std::string& from) {
    const auto done = rekindle({"replay", "-c", configuration, "--from", from, "--checkpoint", path("state")});
    ASSERT_EQ(done.status.code, 0) << done.err;
    for (const std::string format : {"json", "safetensors"})
      ASSERT_EQ(rekindle({"export", path("state"), "--format", format, "--to", path("model." + format)}).status.code, 0);
  }
  void learn_numbers() {
    ASSERT_EQ(rekindle({"generate", "sea", "--samples", "3000", "--to", path("sea.jsonl")}).status.code, 0);
    learn(configure(numbers), path("sea.jsonl"));
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(Import, BringsBackWhatExportTook) {
  learn_numbers();
  for (const auto* mode : {"portfolio", "single"}) {
    for (const auto* model : {"model.json", "model.safetensors"}) {
      const auto done = import(model, path("rekindle.toml"), {"--set", std::string("learner.mode=") + mode});
      ASSERT_EQ(done.status.code, 0) << done.err;
      EXPECT_THAT(done.err, HasSubstr("4 weights"));
      EXPECT_EQ(exported("new"), exported("state")) << mode << " " << model;
    }
  }
}

TEST_F(Import, IsWhereADaemonGoesOn) {
  learn_numbers();
  const Deployment deployment{path("rekindle.toml"), path("new")};
  const auto first_hundred = [&] {
    const auto state = deployment.with({"checkpoint.directory=" + path("new"), "source.samples=100"});
    EXPECT_EQ(run(command_line("run", state)).status.code, 0);
    return number_at(boost::json::parse(rekindle({"inspect", path("new"), "--json"}).out), "/learned");
  };
  ASSERT_EQ(import("model.json", path("rekindle.toml")).status.code, 0);
  EXPECT_EQ(first_hundred(), 100);
  EXPECT_NE(exported("new"), exported("state")) << "it has learned";
}

TEST_F(Import, MatchesFeaturesByName) {
  learn_numbers();
  const auto turned = import("model.json", path("rekindle.toml"), {"--set", "schema.features=[\"x2\",\"x0\"]"});
  ASSERT_EQ(turned.status.code, 0) << turned.err;
  EXPECT_THAT(turned.err, HasSubstr("feature x1: no longer in the schema"));
  const auto before = exported("state").at_pointer("/layers/0/values").as_array();
  const auto after = exported("new").at_pointer("/layers/0/values").as_array();
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[0], before[2]);
  EXPECT_EQ(after[1], before[0]);
}

TEST_F(Import, KeepsCategoriesAndClasses) {
  std::vector<std::string> lines = {"x,city,y"};
  for (int i = 0; i < 900; ++i) {
    const auto* city = i % 7 < 3 ? "Bonn" : (i % 7 < 5 ? "Rom" : "Bari");
    lines.push_back(std::to_string(i % 13) + "," + city + "," + (i % 7 < 3 ? "cold" : (i % 13 < 6 ? "mild" : "hot")));
  }
  write_lines(path("s.csv"), lines);
  const auto configuration = configure(rekindle({"config", "init", "--from", path("s.csv")}).out);
  learn(configuration, path("s.csv"));
  for (const auto* model : {"model.json", "model.safetensors"}) {
    const auto done = import(model, configuration);
    ASSERT_EQ(done.status.code, 0) << done.err;
    EXPECT_EQ(exported("new"), exported("state"));
  }
  EXPECT_EQ(exported("new").at_pointer("/schema/features"), boost::json::parse(R"(["x","city=Bonn","city=Rom","city=Bari"])"));
}

// Fitted by scikit-learn 1.9.1 (SGDClassifier behind a StandardScaler) and River 0.26.1, on the same 500 samples.
TEST_F(Import, TakesCoefficientsOfScikitLearnAndRiver) {
  const std::string scikit_learn =
      R"({"coef_":[[14.870213028988283,-14.571065831123088,5.036209711991774]],"intercept_":[-0.29807527518585486],"classes_":[0,1],
"feature_names_in_":["a","b","c"],"mean_":[-0.0019410003923090995,5.806972384232148,1.002489167750684],
"var_":[0.9736763866379989,92.95904232528,0.009651759240689565],"n_samples_seen_":500})";
  const std::string river =
      R"({"weights":{"a":2.1219279358160943,"b":-1.960048676981941,"c":0.7965899621979642},"intercept":-0.007194313339333584,
"means":{"a":-0.0019410003923090837,"b":5.80697238423215,"c":1.0024891677506838},
"vars":{"a":0.9736763866379977,"b":92.95904232528,"c":0.00965175924068958},"counts":{"a":500,"b":500,"c":500}})";
  const auto configuration = configure(numbers);
  const Arguments as_they_name_them = {
      "--set", "schema.features=[\"a\",\"b\",\"c\"]", "--set", "preprocess.scale=standard", "--set", "model.precision=float64"};
  for (const auto& [name, content, weight, intercept] : {std::tuple{"scikit", scikit_learn, 14.870213028988283, -0.29807527518585486},
                                                         std::tuple{"river", river, 2.1219279358160943, -0.007194313339333584}}) {
    write_file(path(name), content);
    const auto done = import(name, configuration, as_they_name_them);
    ASSERT_EQ(done.status.code, 0) << done.err;
    const auto model = exported("new");
    EXPECT_EQ(number_at(model, "/layers/0/values/0"), weight) << name;
    EXPECT_EQ(number_at(model, "/layers/1/values/0"), intercept) << name;
    EXPECT_NEAR(number_at(model, "/preprocess/mean/1"), 5.806972384232, 1e-12) << name;
    EXPECT_NEAR(number_at(model, "/preprocess/variance/1"), 92.95904232528, 1e-12) << name;
    EXPECT_EQ(number_at(model, "/preprocess/count/2"), 500) << name;
  }
  write_file(path("ragged"), R"({"coef":[[1,2],[3]],"intercept":[0,0]})");
  EXPECT_THAT(refusal("ragged", configuration, 65), HasSubstr("coef: expected rows of the same length"));
  write_file(path("short"), R"({"coef_":[1,2,3],"intercept_":0,"feature_names_in_":["a","b"]})");
  EXPECT_THAT(refusal("short", configuration, 65), HasSubstr("feature_names_in_: expected a name for each coefficient"));
  write_file(path("words"), R"({"weights":{"a":"much"}})");
  EXPECT_THAT(refusal("words", configuration, 65), HasSubstr("weights: expected an object of numbers by feature"));
}

TEST_F(Import, TakesTheTextFormOfVowpalWabbit) {
  const auto configuration = configure(
      "[source]\ntype = \"file\"\npath = \"-\"\nformat = \"vw\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n[preprocess]\nhash_bits = "
      "5\n");
  // The constant's coordinate among 2^5 is 28.
  const std::string head = "Version 9.8.0\nId \nMin label:-1\nMax label:1\nbits:5\nlda:0\n0 ngram:\n0 skip:\noptions:\nChecksum: 7\n";
  const std::string resumable = ":1\ninitial_t 0\nnorm normalizer 87996\nsd::oec.weighted_labeled_examples 0\nl2_state 1\n";
  for (const auto& text : {head + ":0\n1:0.5\n3:-0.25\n28:0.125\n", head + resumable + "1:0.5 12 1\n3:-0.25 0.1 2\n28:0.125 3 1\n"}) {
    write_file(path("model.vw"), text);
    const auto done = import("model.vw", configuration);
    ASSERT_EQ(done.status.code, 0) << done.err;
    const auto model = exported("new");
    EXPECT_EQ(model.at_pointer("/layers/1/values"), boost::json::parse("[0.125]"));
    const auto& weights = model.at_pointer("/layers/0/values").as_array();
    ASSERT_EQ(weights.size(), 32U);
    for (std::size_t i = 0; i < weights.size(); ++i)
      EXPECT_EQ(weights[i].to_number<double>(), i == 1 ? 0.5 : (i == 3 ? -0.25 : (i == 28 ? 0.125 : 0))) << i;
  }
  write_file(path("oaa.vw"), "bits:5\noptions: --oaa 3\n:0\n1:0.5\n");
  EXPECT_THAT(refusal("oaa.vw", configuration, 65), HasSubstr("oaa.vw: made with --oaa: only a linear model with one output"));
  write_file(path("other.vw"), "bits:6\noptions:\n:0\n1:0.5\n");
  EXPECT_THAT(refusal("other.vw", configuration, 78), HasSubstr("preprocess.hash_bits: the model has 6, the configuration says 5"));
  write_file(path("far.vw"), "bits:5\noptions:\n:0\n32:0.5\n");
  EXPECT_THAT(refusal("far.vw", configuration, 65), HasSubstr("weight 1: expected coordinate:weight below 32, got \"32:0.5\""));
}

// 28 bits are 2 GB of weights, which the configuration does not ask for.
TEST_F(Import, TakesTheMemoryOfWhatTheFileHolds) {
  if (test::sanitized) GTEST_SKIP() << "a sanitizer takes more address space than that by itself";
  const auto configuration = configure(
      "[source]\ntype = \"file\"\npath = \"-\"\nformat = \"vw\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n[preprocess]\nhash_bits = "
      "5\n");
  write_file(path("wide.vw"), "bits:28\noptions:\n:0\n268435455:0.5\n");
  const auto done = run({"bash", "-c", "ulimit -v 1000000; exec \"$0\" \"$@\"", program(), "import", path("wide.vw"), "-c", configuration,
                         "--to", path("wide")});
  EXPECT_EQ(done.status.code, 78) << done.err;
  EXPECT_THAT(done.err, HasSubstr("preprocess.hash_bits: the model has 28, the configuration says 5"));
}

// The scores that Vowpal Wabbit gave the lines; the losses of a learner at rest tell ours.
TEST_F(Import, PredictsAsVowpalWabbitDoes) {
  const std::filesystem::path data = REKINDLE_VW_IMPORT;
  const auto scores = boost::json::parse(read_file(data / "scores.json"));
  for (const auto& [name, more] : {std::pair<std::string, std::string>{"plain", ""}, {"pairs", "interactions = [\"ab\"]\n"}}) {
    const auto configuration = configure(
        "[source]\ntype = \"file\"\npath = \"-\"\nformat = \"vw\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n[preprocess]\n"
        "hash_bits = 8\n" +
        more + "[model]\nprecision = \"float64\"\n[schedule]\ntype = \"constant\"\nlr_max = 0\n");
    std::filesystem::copy_file(data / (name + ".txt"), path(name + ".vw"));
    const auto done = import(name + ".vw", configuration);
    ASSERT_EQ(done.status.code, 0) << done.err;
    const auto replay = rekindle(
        {"replay", "-c", configuration, "--from", (data / "asked.vw").string(), "--state", path("new"), "--trace", path("trace.csv")});
    ASSERT_EQ(replay.status.code, 0) << replay.err;
    const auto losses = column(read_file(path("trace.csv")), 3);
    const auto labels = column(read_file(path("trace.csv")), 1);
    const auto& expected = scores.at(name).as_array();
    ASSERT_EQ(losses.size(), expected.size());
    for (std::size_t i = 0; i < losses.size(); ++i) {
      const double margin = (labels[i] == "1" ? 1 : -1) * expected[i].to_number<double>();
      EXPECT_NEAR(std::stod(losses[i]), std::log1p(std::exp(-margin)), 1e-5) << name << " line " << i + 1;
    }
  }
}

TEST_F(Import, RefusesWhatIsNoModelOfTheConfiguration) {
  learn_numbers();
  const auto configuration = path("rekindle.toml");
  const auto with = [&](const std::string& setting) { return import("model.json", configuration, {"--set", setting}).err; };
  EXPECT_THAT(with("schema.task=regression"), HasSubstr("schema.task: the model is for binary, the configuration says regression"));
  EXPECT_THAT(with("schema.classes=[\"1\",\"0\"]"), HasSubstr("schema.classes: the model has 0, 1"));
  EXPECT_THAT(with("schema.categorical=[\"z\"]"), HasSubstr("schema.categorical: the model has [], the configuration [z]"));
  EXPECT_THAT(with("schema.features=[\"x0\",\"z\"]"), HasSubstr("schema.features: the model has x0, x1, x2"));
  EXPECT_THAT(with("model.type=mlp"), HasSubstr("output.weight: has the shape [1, 3], the model wants [1, 32]"));
  EXPECT_THAT(with("preprocess.scale=minmax"), HasSubstr("preprocess.scale: minmax starts anew"));
  for (const auto& [text, message] :
       {std::pair("{", "the file is not JSON"), std::pair("{}", "layers: expected a list of layers"),
        std::pair(R"({"layers":[{"name":"output.weight","shape":[1,3],"values":[1,2]}]})", "layers[0].values: 2 numbers, the shape says 3"),
        std::pair(R"({"layers":[{"name":"output.weight","shape":[-1],"values":[]}]})", "layers[0].shape: expected a list of sizes"),
        std::pair("x", "no weights: expected what `vw --readable_model FILE` writes")}) {
    write_file(path("bad"), text);
    EXPECT_THAT(refusal("bad", configuration, 65), HasSubstr(message));
  }
  EXPECT_THAT(refusal("none", configuration, 74), HasSubstr("none: No such file or directory"));
  ASSERT_EQ(import("model.json", configuration).status.code, 0);
  const auto again = rekindle({"import", path("model.json"), "-c", configuration, "--to", path("new")});
  EXPECT_EQ(again.status.code, 2);
  EXPECT_THAT(again.err, HasSubstr("has checkpoints already"));
}

}  // namespace
}  // namespace rekindle::system_test
