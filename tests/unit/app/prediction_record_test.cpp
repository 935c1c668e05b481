#include "app/prediction_record.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "app/session.hpp"
#include "app/toml.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

namespace json = boost::json;

Configuration configured(const std::string& schema) {
  Diagnostics diagnostics;
  auto out = check_configuration(
      read_toml_text("[source]\ntopic = \"t\"\n[output]\npredictions = \"p\"\n[schema]\nlabel = \"y\"\n" + schema, "r.toml", diagnostics),
      "r.toml", diagnostics);
  EXPECT_EQ(test::texts(diagnostics), "");
  return out;
}

// What the topic gets for each of these records, which are all usable.
std::vector<json::object> predictions(const std::string& schema, const std::vector<std::string>& records) {
  Session session(configured(schema));
  PredictionRecord prediction;
  std::vector<json::object> out;
  for (const auto& text : records) {
    const auto padded = text + std::string(payload_padding, ' ');
    RawRecord record;
    record.topic = "t";
    record.partition = 2;
    record.offset = static_cast<std::int64_t>(out.size());
    record.payload = std::string_view(padded).substr(0, text.size());
    prediction.begin(session.learner());
    const auto taken = session.take(record);
    EXPECT_TRUE(taken && *taken) << session.rejection().detail;
    prediction.finish(record, session.sample().id, *session.learner());
    EXPECT_EQ(prediction.key(), fmt::format("t/2/{}", record.offset));
    out.push_back(json::parse(prediction.value()).as_object());
  }
  return out;
}

TEST(PredictionRecord, SaysWhoPredictedWhatOfWhichRecord) {
  const auto all = predictions("task = \"binary\"\nid = \"id\"\nclasses = [\"no\", \"yes\"]\n",
                               {R"({"id":"a\"b","x":1,"y":"yes"})", R"({"id":null,"x":1,"y":null})", R"({"x":1})"});
  EXPECT_EQ(all[0].at("id"), "a\"b");
  EXPECT_TRUE(all[1].at("id").is_null());
  EXPECT_TRUE(all[2].at("id").is_null());
  EXPECT_EQ(all[0].at("probabilities"), json::value({{"no", 0.5}, {"yes", 0.5}}));
  EXPECT_EQ(all[0].at("model_version"), 0);
  EXPECT_EQ(all[1].at("model_version"), 1);
  EXPECT_EQ(all[2].at("model_version"), 1) << "nothing was learned of a record without a label";
  EXPECT_EQ(all[1].at("prediction"), "yes");
  EXPECT_EQ(all[1].at("probabilities"), all[2].at("probabilities")) << "a label that is absent is as one that is null";
  EXPECT_EQ(all[2].at("topic"), "t");
  EXPECT_EQ(all[2].at("partition"), 2);
  EXPECT_EQ(all[2].at("offset"), 2);
}

TEST(PredictionRecord, KnowsOnlyClassesThatCameBefore) {
  const auto all = predictions("task = \"multiclass\"\n", {R"({"x":1,"y":"red"})", R"({"x":1,"y":"green"})", R"({"x":1,"y":"red"})"});
  EXPECT_TRUE(all[0].at("prediction").is_null());
  EXPECT_EQ(all[0].at("probabilities"), json::value(json::object()));
  EXPECT_EQ(all[1].at("prediction"), "red");
  EXPECT_EQ(all[1].at("probabilities").as_object().size(), 1U);
  EXPECT_EQ(all[2].at("probabilities").as_object().size(), 2U);
  EXPECT_FALSE(all[0].contains("id"));
}

TEST(PredictionRecord, OfARegressionIsANumber) {
  const auto all = predictions("task = \"regression\"\n", {R"({"x":1,"y":2})", R"({"x":1})"});
  EXPECT_EQ(all[0].at("prediction").to_number<double>(), 0);
  EXPECT_GT(all[1].at("prediction").to_number<double>(), 0);
  EXPECT_FALSE(all[0].contains("probabilities"));
}

TEST(PredictionRecord, WithoutTheTopicALabelMayNotBeAbsent) {
  Diagnostics diagnostics;
  Session session(
      check_configuration(read_toml_text("[source]\ntopic = \"t\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n", "r.toml", diagnostics),
                          "r.toml", diagnostics));
  const auto padded = R"({"x":1})" + std::string(payload_padding, ' ');
  RawRecord record;
  record.payload = std::string_view(padded).substr(0, 7);
  const auto taken = session.take(record);
  ASSERT_TRUE(taken);
  EXPECT_FALSE(*taken);
  EXPECT_EQ(session.rejection().reason, RejectReason::missing_label);
}

}  // namespace
}  // namespace rekindle
