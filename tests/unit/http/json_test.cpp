#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <charconv>
#include <limits>

#include "http/json_text.hpp"
#include "http/status_json.hpp"

namespace rekindle {
namespace {

namespace json = boost::json;

TEST(JsonText, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(json_text({0.1, 1.0, 100.5, -2.5, 1e-7, 1e300, 0.0}), "[0.1,1,100.5,-2.5,1e-07,1e+300,0]");
  EXPECT_EQ(json_text({std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::uint64_t>::max(), true, nullptr}),
            "[-9223372036854775808,18446744073709551615,true,null]");
}

TEST(JsonText, WritesDoublesThatReadBackAsTheSameBits) {
  for (const double value : {0.1 + 0.2, 1.0 / 3, 5e-324, std::numeric_limits<double>::max(), 123456789.123456789}) {
    const std::string text = json_text(value);
    double back = 0;
    std::from_chars(text.data(), text.data() + text.size(), back);
    EXPECT_EQ(back, value) << text;
  }
}

TEST(JsonText, TurnsNumbersThatAreNotFiniteIntoNull) {
  EXPECT_EQ(json_text({std::nan(""), std::numeric_limits<double>::infinity()}), "[null,null]");
  EXPECT_EQ(json_text(json_number(std::nan(""))), "null");
  EXPECT_EQ(json_text(json_number(std::optional<double>())), "null");
}

TEST(JsonObjectOf, IsNothingForWhatIsNoObject) {
  EXPECT_EQ(json_object_of(R"({"a":[1]})"), (json::object{{"a", json::array{1}}}));
  EXPECT_EQ(json_object_of("{}"), json::object());
  for (const char* text : {"", "[1]", "null", "1", "{\"a\":", "{} x"}) EXPECT_FALSE(json_object_of(text)) << text;
}

TEST(JsonText, EscapesStringsAndKeepsKeysInOrder) {
  EXPECT_EQ(json_text({{"z", "a\"b\\c\n\t\x01"}, {"a", "\xC3\xA9\xF0\x9F\x98\x80"}}),
            "{\"z\":\"a\\\"b\\\\c\\n\\t\\u0001\",\"a\":\"\xC3\xA9\xF0\x9F\x98\x80\"}");
}

TEST(JsonText, ReplacesBytesThatAreNoUtf8) {
  const std::string mark = "\xEF\xBF\xBD";
  for (const std::string bad : {"\xFF", "\x80", "\xC0", "\xC3", "\xF5"}) {
    EXPECT_EQ(json_text(json::string("a" + bad)), "\"a" + mark + "\"");
  }
  EXPECT_EQ(json_text(json::string("\xED\xA0\x80")), "\"" + mark + mark + mark + "\"") << "a surrogate";
  EXPECT_EQ(json_text(json::string("\xC0\xAF")), "\"" + mark + mark + "\"") << "an overlong slash";
}

TEST(StatusJson, HasEveryPartWithUnknownsAsNull) {
  StatusSnapshot status;
  status.started_seconds = 1000;
  status.learner.samples = 7;
  status.learner.lr = 0.1;
  status.learner.pinned = 0.25;
  status.learner.health.signs = {"spike: high"};
  status.learner.metrics = {{"loss", 0.5}, {"kappa", std::nullopt}};
  status.learner.detectors = {{"adwin", 0.25, {1, 0, 2}, 4, true}};
  status.learner.classes = {"no", "yes"};
  status.learner.features = {"a", "b", "c"};
  status.source.partitions = {{"clicks", 3, 42, std::nullopt, 1.5}};
  const auto out = json::parse(json_text(status_json(status, 1002.5)));
  EXPECT_EQ(out.at_pointer("/uptime_seconds").as_double(), 2.5);
  EXPECT_EQ(out.at_pointer("/learner/samples"), 7);
  EXPECT_EQ(json_text(out.at_pointer("/learner/metrics")), "{\"loss\":0.5,\"kappa\":null}");
  EXPECT_EQ(json_text(out.at_pointer("/learner/loss")), "{\"fast\":null,\"slow\":null}");
  EXPECT_EQ(
      json_text(out.at_pointer("/learner/detectors")),
      "[{\"name\":\"adwin\",\"statistic\":0.25,\"warning\":true,\"warnings\":4,\"detections\":{\"mild\":1,\"moderate\":0,\"extreme\":2}}]");
  EXPECT_EQ(out.at_pointer("/learner/features"), 3);
  EXPECT_EQ(out.at_pointer("/learner/pinned").as_double(), 0.25);
  EXPECT_EQ(json_text(out.at_pointer("/learner/health/signs")), "[\"spike: high\"]");
  EXPECT_EQ(json_text(out.at_pointer("/source/partitions")),
            "[{\"topic\":\"clicks\",\"partition\":3,\"next\":42,\"lag_records\":null,\"lag_seconds\":1.5}]");
  EXPECT_TRUE(out.at_pointer("/checkpoint/last_success_seconds").is_null());
  EXPECT_TRUE(out.at_pointer("/durations/sample/mean_seconds").is_null());
}

TEST(StatusJson, ShowsIncidentsWithTheFieldsOfAReplay) {
  const Incident incident{.id = 1,
                          .sample = 5000,
                          .time_ms = 12,
                          .detector = "adwin",
                          .severity = "extreme",
                          .kind = "abrupt",
                          .response = "restart",
                          .statistic = 0.5,
                          .mean_before = 0.1,
                          .mean_after = 0.6,
                          .lr_before = 0.01,
                          .lr_after = 0.1,
                          .loss_before = 0.25,
                          .loss_peak = std::nullopt,
                          .recovered_after = std::nullopt,
                          .rolled_back = false,
                          .size = 0.75,
                          .signal = "error",
                          .values_before = 900,
                          .values_after = 64,
                          .p = 0.001};
  EXPECT_EQ(json_text(incident_json(incident)),
            "{\"id\":1,\"sample\":5000,\"time_ms\":12,\"detector\":\"adwin\",\"severity\":\"extreme\",\"kind\":\"abrupt\","
            "\"response\":\"restart\",\"statistic\":0.5,\"mean_before\":0.1,\"mean_after\":0.6,\"size\":0.75,\"signal\":\"error\","
            "\"values_before\":900,\"values_after\":64,\"p\":0.001,\"lr_before\":0.01,\"lr_after\":0.1,"
            "\"loss_before\":0.25,\"loss_peak\":null,\"recovered_after\":null,\"rolled_back\":false,"
            "\"tried\":null,\"loss_served\":null,\"loss_without_response\":null,\"forgetting_loss\":null}");
}

TEST(StatusJson, SaysWhyItIsNotReady) {
  StatusSnapshot status;
  EXPECT_EQ(json_text(readiness_json(status)), "{\"ready\":true}");
  status.not_ready = {paused_by_command};
  EXPECT_EQ(json_text(readiness_json(status)), "{\"ready\":true,\"paused\":true}");
  status.not_ready = {"no model"};
  status.stopping = true;
  EXPECT_EQ(json_text(readiness_json(status)), "{\"ready\":false,\"reasons\":[\"no model\",\"stopping\"]}");
}

}  // namespace
}  // namespace rekindle
