#include "app/exact_json.hpp"

#include <gmock/gmock.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>

#include "base/random.hpp"
#include "http/json_text.hpp"

namespace rekindle {
namespace {

using ::testing::HasSubstr;

TEST(ExactJson, GivesEveryNumberBackToTheBit) {
  Random random(7);
  boost::json::array numbers;
  for (int i = 0; i < 20'000; ++i) numbers.emplace_back(random.normal() * std::pow(10.0, 40 * random.uniform() - 20));
  const auto text = json_text(boost::json::object{{"numbers", numbers}});
  const auto read = parse_exact_json(text);
  ASSERT_TRUE(read) << read.error().message;
  const auto& back = read->at("numbers").get_array();
  ASSERT_EQ(back.size(), numbers.size());
  for (std::size_t i = 0; i < back.size(); ++i) ASSERT_EQ(back[i].to_number<double>(), numbers[i].get_double()) << i;
}

TEST(ExactJson, IsTheRestOfJsonToo) {
  const std::string text = R"({"a":[1,-2,18446744073709551615,0.5,1e300,true,null,"x\"y\u00e4"],"b":{}})";
  const auto read = parse_exact_json(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(json_text(*read), R"({"a":[1,-2,18446744073709551615,0.5,1e+300,true,null,"x\"y)"
                              "\u00e4"
                              R"("],"b":{}})");
  for (const auto* bad : {"", "{", "[1,]", "{} {}", "nul"}) {
    const auto refused = parse_exact_json(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_THAT(refused.error().message, HasSubstr("not JSON: ")) << bad;
  }
}

}  // namespace
}  // namespace rekindle
