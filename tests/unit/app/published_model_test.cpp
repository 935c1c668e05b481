#include "app/published_model.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "app/configuration.hpp"
#include "app/imported_model.hpp"
#include "app/model_board.hpp"
#include "app/model_folder.hpp"
#include "app/safetensors.hpp"
#include "app/session.hpp"
#include "app/toml.hpp"

namespace rekindle {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Configuration configured(const std::string& text) {
  Diagnostics diagnostics;
  auto configuration = check_configuration(read_toml_text("[source]\ntopic = \"t\"\n" + text, "test", diagnostics), "test", diagnostics);
  EXPECT_FALSE(diagnostics.failed()) << (diagnostics.failed() ? diagnostics.all().front().text() : "");
  return configuration;
}

// Numbers, one of them often missing, and two categories whose values come one after the other.
class Records {
 public:
  std::string next(const std::string& label) {
    const auto number = [this] { return std::normal_distribution<>(1, 3)(random_); };
    const auto category = [&] { return random_() % (2 + count_ / 40) % 12; };
    const auto b = random_() % 4 == 0 ? "null" : fmt::format("{}", number());
    ++count_;
    return fmt::format(R"({{"a":{},"b":{},"x=1":{},"margin":{},"kind":"k{}","colour":"c{}","w":1.5{}}})", number(), b, number(), number(),
                       category(), category(), label);
  }
  std::string labelled(Task task) {
    if (task == Task::regression) return next(fmt::format(",\"y\":{}", random_() % 7));
    if (task == Task::binary) return next(random_() % 3 == 0 ? ",\"y\":\"no\"" : ",\"y\":\"yes\"");
    return next(fmt::format(",\"y\":\"c{}\"", random_() % 4));
  }

 private:
  std::mt19937 random_{17};
  unsigned count_ = 0;
};

RawRecord raw(std::string& text) {
  const auto size = text.size();
  text.resize(size + payload_padding);
  RawRecord record;
  record.topic = "t";
  record.payload = std::string_view(text).substr(0, size);
  return record;
}

std::unique_ptr<Session> learned(const Configuration& configuration, unsigned samples, Records& records) {
  auto session = std::make_unique<Session>(configuration);
  for (unsigned i = 0; i < samples; ++i) {
    auto text = records.labelled(configuration.learner.schema.task);
    EXPECT_TRUE(session->take(raw(text)));
  }
  return session;
}

std::string encoded(const Session& session, const Configuration& configuration) {
  Position position;
  position.set("t", 0, 77);
  return encode_model(*session.learner(),
                      {"group", configuration.text, position, 1'764'000'000'000, session.learner()->counters().samples});
}

// Every bit of what both answer.
void expect_the_same(const ModelBoard& one, const ModelBoard& other, Records& records, const std::string& what) {
  for (int i = 0; i < 200; ++i) {
    const auto json = records.next("");
    const auto expected = one.predict(json);
    const auto served = other.predict(json);
    ASSERT_EQ(expected.has_value(), served.has_value()) << what;
    if (!expected) continue;
    ASSERT_EQ(expected->prediction.value, served->prediction.value) << what << json;
    ASSERT_EQ(expected->prediction.probabilities, served->prediction.probabilities) << what << json;
    ASSERT_EQ(expected->class_name, served->class_name) << what;
    ASSERT_EQ(expected->model_version, served->model_version) << what;
    ASSERT_EQ(expected->classes == nullptr, served->classes == nullptr) << what;
    if (expected->classes != nullptr) {
      ASSERT_EQ(*expected->classes, *served->classes) << what;
    }
  }
}

std::string schema(const char* task, const std::string& more) {
  return fmt::format("[schema]\ntask = \"{}\"\nlabel = \"y\"\nweight = \"w\"\nfeatures = [\"a\", \"b\", \"x=1\"]\nmissing = \"mean\"\n{}",
                     task, more);
}

TEST(PublishedModel, PredictsToTheBitAsTheLearner) {
  const std::vector<std::string> configurations = {
      schema("regression", ""),
      schema("regression", "offset = \"margin\"\n[learner]\nbudget = \"lite\"\n"),
      schema("regression", "[model]\nloss = \"poisson\"\n[optimizer]\ntype = \"adam\"\n"),
      schema("binary", ""),
      schema("binary", "[model]\nloss = \"focal\"\n[learner]\nbudget = \"lite\"\n"),
      schema("multiclass", ""),
      schema("multiclass", "categorical = [\"kind\", \"colour\"]\n[preprocess]\ninteractions = [\"kind*colour\"]\n"),
      schema("multiclass", "categorical = [\"kind\"]\n[preprocess]\nencode = \"hash\"\nhash_bits = 10\nscale = \"standard\"\n"),
      schema("multiclass", "categorical = [\"colour\"]\n[model]\ntype = \"mlp\"\nhidden = [8, 4]\nactivation = \"gelu\"\ndropout = 0.2\n"),
      schema("multiclass", "[preprocess]\nscale = \"minmax\"\n[model]\nprecision = \"float64\"\n[optimizer]\ntype = \"ftrl\"\n"),
      schema("multiclass", "[preprocess]\nscale = \"none\"\n[model]\nprecision = \"bfloat16\"\n[optimizer]\ntype = \"sgd\"\n"),
      schema("multiclass",
             "[learner]\nbatch_size = 7\n[optimizer]\ntype = \"adagrad\"\n[[model.layers]]\nname = \"output\"\nlr_multiplier = 2\n"),
  };
  for (const auto& text : configurations) {
    Records records;
    const auto configuration = configured(text);
    auto session = learned(configuration, 700, records);
    ASSERT_NE(session->learner(), nullptr) << text;
    ModelBoard board(configuration.learner.schema, {});
    board.offer(stamp_of(*session->learner()));
    const auto file = encoded(*session, configuration);
    auto published = decode_model(file);
    ASSERT_TRUE(published) << text << published.error().message;
    EXPECT_EQ(published->version, session->learner()->counters().samples);
    EXPECT_EQ(published->group, "group");
    EXPECT_EQ(published->position, R"({"t":{"0":77}})");
    ModelBoard replica(Schema(), {});
    replica.put(published->model, published->schema);
    expect_the_same(board, replica, records, text);
  }
}

TEST(PublishedModel, KnowsBothClassesBeforeTheyCame) {
  Records records;
  const auto configuration = configured("[schema]\ntask = \"binary\"\nlabel = \"y\"\nfeatures = [\"a\"]\n");
  Session session(configuration);
  std::string text = R"({"a":1,"y":1})";
  ASSERT_TRUE(session.take(raw(text)));
  ModelBoard board(configuration.learner.schema, {});
  board.offer(stamp_of(*session.learner()));
  ModelBoard replica(Schema(), {});
  const auto published = decode_model(encoded(session, configuration));
  ASSERT_TRUE(published);
  replica.put(published->model, published->schema);
  const auto one = board.predict(R"({"a":2})");
  const auto other = replica.predict(R"({"a":2})");
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->class_name, other->class_name);
  EXPECT_EQ(*one->classes, *other->classes);
}

TEST(PublishedModel, IsASafetensorsFileThatOthersRead) {
  Records records;
  const auto configuration = configured(schema("multiclass", ""));
  const auto session = learned(configuration, 300, records);
  const auto file = encoded(*session, configuration);
  const auto tensors = decode_safetensors(file);
  ASSERT_TRUE(tensors);
  const auto members = session->learner()->members();
  EXPECT_EQ(tensors->front().name, members.front().name + "/output.weight");
  EXPECT_EQ(tensors->size(), 2 * members.size());
  const auto metadata = safetensors_metadata(file);
  EXPECT_THAT(metadata.at("members"), HasSubstr("\"anchor\":"));
  EXPECT_THAT(metadata.at("schema"), HasSubstr("\"features\":[\"a\",\"b\",\"x=1\"]"));
  EXPECT_EQ(metadata.at("version"), "300");
  const auto imported = read_safetensors_model(file);
  ASSERT_TRUE(imported);
  ASSERT_EQ(imported->tensors.size(), 2U);
  EXPECT_EQ(imported->tensors[0].name, "output.weight");
  EXPECT_EQ(imported->tensors[0].values, session->learner()->champion().tensors()[0].values) << "the best member's";
}

TEST(PublishedModel, RefusesWhatIsDamaged) {
  Records records;
  const auto configuration = configured(schema("regression", "[optimizer]\ntype = \"adam\"\n"));
  const auto session = learned(configuration, 50, records);
  const auto file = encoded(*session, configuration);
  ASSERT_TRUE(decode_model(file));
  for (std::size_t at = 0; at < file.size(); ++at) {
    auto damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(decode_model(damaged)) << at;
  }
  for (std::size_t size = 0; size < file.size(); size += 7) EXPECT_FALSE(decode_model(file.substr(0, size))) << size;
  EXPECT_THAT(decode_model("{}").error().message, StartsWith("no model"));
}

class ModelFolderTest : public ::testing::Test {
 protected:
  ~ModelFolderTest() override { std::filesystem::remove_all(folder_); }
  void write(std::uint64_t version, int keep = 2) {
    const auto written = write_model_file(real_file_system(), folder_, version, fmt::format("model {}", version), keep);
    ASSERT_TRUE(written) << written.error().message;
  }
  [[nodiscard]] std::vector<std::string> names() const { return real_file_system().list(folder_).value(); }
  static std::string newest(ModelFolder& folder) {
    const auto found = folder.next();
    return found && *found ? (**found).file : "";
  }
  std::string folder_ = (std::filesystem::temp_directory_path() / fmt::format("rekindle-models-{}", ::getpid())).string();
};

TEST_F(ModelFolderTest, KeepsTheNewestAndNoneOfAStreamThatWasGivenUp) {
  for (const std::uint64_t version : {10, 200, 3000}) write(version);
  EXPECT_THAT(names(), ::testing::ElementsAre(model_file_name(200), model_file_name(3000)));
  write(1000);
  EXPECT_THAT(names(), ::testing::ElementsAre(model_file_name(200), model_file_name(1000)));
}

TEST_F(ModelFolderTest, IsFollowedPastWhatIsRefused) {
  ModelFolder folder(folder_);
  EXPECT_FALSE(folder.next()) << "there is no such folder";
  write(1, 5);
  EXPECT_EQ(newest(folder), "model 1");
  folder.take();
  EXPECT_EQ(newest(folder), "") << "it is in use";
  write(2, 5);
  write(3, 5);
  EXPECT_EQ(newest(folder), "model 3");
  folder.refuse();
  EXPECT_EQ(newest(folder), "model 2") << "the next best";
  folder.take();
  EXPECT_EQ(newest(folder), "");
  std::ofstream(folder_ + "/" + model_file_name(3)) << "written again";
  EXPECT_EQ(newest(folder), "written again");
}

}  // namespace
}  // namespace rekindle
