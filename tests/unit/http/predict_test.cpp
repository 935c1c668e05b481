#include "http/predict.hpp"

#include <gmock/gmock.h>

#include "fakes.hpp"

namespace rekindle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string one_yes = "{\"prediction\":\"yes\",\"probabilities\":{\"no\":0.25,\"yes\":0.75},\"model_version\":42}";

TEST(Predict, AnswersOneSample) {
  const auto response = predict_response(FakePredictor(), " {\"x\": 1}\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, one_yes + "\n");
}

TEST(Predict, AnswersAnArrayInOrder) {
  EXPECT_EQ(predict_response(FakePredictor(), "[{\"x\":1}, {\"x\":2}]").body, "[" + one_yes + "," + one_yes + "]\n");
  EXPECT_EQ(predict_response(FakePredictor(), "[ ]").body, "[]\n");
}

TEST(Predict, AnswersANumberWithoutProbabilitiesForRegression) {
  EXPECT_EQ(predict_response(FakePredictor(true), "{}").body, "{\"prediction\":2.5,\"model_version\":42}\n");
}

TEST(Predict, SaysWhichSampleIsBad) {
  const auto response = predict_response(FakePredictor(), "[{\"x\":1},{\"bad\":2}]");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("sample 1: field"));
  EXPECT_EQ(predict_response(FakePredictor(), "{\"bad\":2}").status, 400);
}

TEST(Predict, RefusesWhatIsNoSample) {
  for (const auto* body : {"", " \n", "5", "[", "[{}", "[{}]]", "[{},]", "[,]", "[[{}]]", "[1]", "[{}] []", "[\"", "[{\"a\":\"]"}) {
    EXPECT_EQ(predict_response(FakePredictor(), body).status, 400) << body;
  }
}

TEST(Predict, IsUnavailableBeforeThereIsAModel) {
  FakePredictor predictor;
  predictor.has_model = false;
  EXPECT_EQ(predict_response(predictor, "{}").status, 503);
  EXPECT_EQ(predict_response(predictor, "[{}]").status, 503);
}

TEST(Predict, BoundsTheWorkOfOneRequest) {
  std::string body = "[{}";
  for (std::size_t i = 1; i < max_samples_per_request; ++i) body += ",{}";
  EXPECT_EQ(predict_response(FakePredictor(), body + "]").status, 200);
  EXPECT_EQ(predict_response(FakePredictor(), body + ",{}]").status, 400);
}

TEST(SplitArray, LeavesTheTextOfEachElementAsItIs) {
  EXPECT_THAT(split_array(R"([ {"a": [1, 2], "b": "],\"{"} , {"c":0.10000000000000001}])").value(),
              ElementsAre(R"({"a": [1, 2], "b": "],\"{"})", R"({"c":0.10000000000000001})"));
}

}  // namespace
}  // namespace rekindle
