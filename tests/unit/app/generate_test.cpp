#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/commands/command.hpp"
#include "connectors/kafka/embedded_cluster.hpp"
#include "connectors/kafka/kafka_source.hpp"

namespace rekindle {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// The subcommand as a user gives it; CLI11's refusals become the usage error that `main` makes of them.
Status generate(const std::string& arguments) {
  CLI::App app;
  CommandAction chosen;
  add_generate(app, chosen);
  try {
    app.parse("generate " + arguments);
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::usage, "{}", error.what());
  }
  return chosen();
}

Error refusal(const std::string& arguments) {
  const auto status = generate(arguments);
  return status ? Error{ErrorCode::internal, "it was taken"} : status.error();
}

class GenerateCommand : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "rekindle_generate_XXXXXX";
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ifstream file(path(name));
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  }

 private:
  std::string directory_;
};

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

TEST_F(GenerateCommand, WritesAFileAndTheTruthBesideIt) {
  const std::string what = "sea seed=3 drift=abrupt every=40 --samples 100 --to ";
  ASSERT_TRUE(generate(what + path("a.csv")));
  ASSERT_TRUE(generate(what + path("b.csv")));
  ASSERT_TRUE(generate(what + path("c.jsonl")));
  const auto csv = lines(content("a.csv"));
  ASSERT_EQ(csv.size(), 101U);
  EXPECT_EQ(csv[0], "x0,x1,x2,y");
  EXPECT_EQ(content("a.csv"), content("b.csv"));
  EXPECT_EQ(content("a.truth.csv"), "sample,kind,width,concept\n40,abrupt,0,1\n80,abrupt,0,2\n");
  EXPECT_EQ(content("a.truth.csv"), content("c.truth.csv"));
  const auto json = lines(content("c.jsonl"));
  ASSERT_EQ(json.size(), 100U);
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto x0 = csv[i + 1].substr(0, csv[i + 1].find(','));
    EXPECT_THAT(json[i], StartsWith("{\"x0\":" + x0 + ",\"x1\":"));
  }
}

TEST_F(GenerateCommand, WritesAnyNameInTheFormatThatItIsTold) {
  ASSERT_TRUE(generate("stagger --samples 2 --format json --to " + path("data.txt")));
  EXPECT_THAT(content("data.txt"), StartsWith("{\"size\":"));
  EXPECT_EQ(content("data.truth.csv"), "sample,kind,width,concept\n");
}

TEST_F(GenerateCommand, RefusesWhatItCannotDo) {
  const auto to = " --samples 5 --to " + path("a.csv");
  EXPECT_EQ(refusal("sea variant=9" + to).code, ErrorCode::usage);
  EXPECT_EQ(refusal("seaa" + to).code, ErrorCode::usage);
  EXPECT_EQ(refusal("sea label_delay=-3" + to).code, ErrorCode::usage);
  EXPECT_EQ(refusal("sea imbalance=1" + to).code, ErrorCode::usage);
  EXPECT_EQ(refusal("led imbalance=0.1" + to).code, ErrorCode::usage);
  EXPECT_THAT(refusal("sea label_delay=3 --samples 5 --to -").message, HasSubstr("label_delay wants a file or a topic"));
  EXPECT_EQ(refusal("sea --samples 0 --to " + path("a.csv")).code, ErrorCode::usage);
  EXPECT_EQ(refusal("sea --samples 5").code, ErrorCode::usage);
  EXPECT_EQ(refusal("sea --samples 5 --format xml --to " + path("a.csv")).code, ErrorCode::usage);
  EXPECT_FALSE(std::filesystem::exists(path("a.csv")));
  const auto extension = refusal("sea --samples 5 --to " + path("data.txt"));
  EXPECT_EQ(extension.code, ErrorCode::usage);
  EXPECT_THAT(extension.message, HasSubstr(".csv or .jsonl"));
  for (const std::string topic : {"kafka://", "kafka:///t", "kafka://host:9092", "kafka://host:9092/", "kafka://host:9092/a/b"}) {
    const auto error = refusal("sea --samples 5 --to " + topic);
    EXPECT_EQ(error.code, ErrorCode::usage) << topic;
    EXPECT_THAT(error.message, HasSubstr("kafka://BROKERS/TOPIC")) << topic;
  }
  EXPECT_EQ(refusal("sea --samples 5 --format csv --to kafka://host:9092/t").code, ErrorCode::usage);
}

TEST_F(GenerateCommand, WritesLateLabelsBesideTheSamples) {
  ASSERT_TRUE(generate("sea seed=3 --samples 9 --to " + path("now.jsonl")));
  ASSERT_TRUE(generate("sea seed=3 label_delay=4 --samples 9 --to " + path("late.jsonl")));
  ASSERT_TRUE(generate("sea seed=3 label_delay=4 --samples 9 --to " + path("late.csv")));
  const auto now = lines(content("now.jsonl"));
  const auto samples = lines(content("late.jsonl"));
  const auto labels = lines(content("late.labels.jsonl"));
  const auto cells = lines(content("late.csv"));
  const auto label_cells = lines(content("late.labels.csv"));
  ASSERT_EQ(samples.size(), 9U);
  ASSERT_EQ(labels.size(), 9U);
  ASSERT_EQ(label_cells.size(), 10U);
  EXPECT_EQ(cells[0], "id,x0,x1,x2,y");
  EXPECT_EQ(label_cells[0], "id,y,position");
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto at = now[i].find(",\"y\":");
    const auto label = now[i].substr(at + 5, 1);
    EXPECT_EQ(samples[i], fmt::format("{{\"id\":\"{}\",{},\"y\":null}}", i, now[i].substr(1, at - 1)));
    EXPECT_EQ(labels[i], fmt::format("{{\"id\":\"{}\",\"y\":{},\"position\":{}}}", i, label, i + 4));
    EXPECT_EQ(label_cells[i + 1], fmt::format("{},{},{}", i, label, i + 4));
    EXPECT_THAT(cells[i + 1], testing::AllOf(StartsWith(fmt::format("{},", i)), testing::EndsWith(",")));
  }
}

TEST_F(GenerateCommand, ReportsAFileThatCannotBeWritten) {
  EXPECT_EQ(refusal("sea --samples 5 --to " + path("none/a.csv")).code, ErrorCode::io);
  const auto full = refusal("sea --samples 100000 --format csv --to /dev/full");
  EXPECT_EQ(full.code, ErrorCode::io);
  EXPECT_THAT(full.message, StartsWith("/dev/full: "));
}

TEST_F(GenerateCommand, ProducesItsSamplesToATopic) {
  const auto cluster = kafka::EmbeddedCluster::start();
  ASSERT_TRUE(cluster) << cluster.error().message;
  ASSERT_TRUE((*cluster)->create_topic("made", 2));
  ASSERT_TRUE(generate("sea --samples 300 --to kafka://" + (*cluster)->brokers() + "/made"));
  ASSERT_TRUE(generate("sea --samples 300 --to " + path("made.jsonl")));
  kafka::KafkaSourceSettings settings;
  settings.kafka.brokers = (*cluster)->brokers();
  settings.topics = {"made"};
  settings.stop_at_end = true;
  const auto source = kafka::make_kafka_source(settings);
  ASSERT_TRUE(source->open({}));
  std::vector<std::string> read;
  for (bool at_end = false; !at_end;) {
    const auto polled = source->poll(std::chrono::milliseconds(100));
    ASSERT_TRUE(polled) << polled.error().message;
    for (const auto& record : polled->records) read.emplace_back(record.payload);
    at_end = polled->at_end;
  }
  EXPECT_THAT(read, testing::UnorderedElementsAreArray(lines(content("made.jsonl"))));
}

}  // namespace
}  // namespace rekindle
