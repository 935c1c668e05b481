#include "base/base64.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

TEST(Base64, IsThatOfTheRfc) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64(plain), coded);
    EXPECT_EQ(from_base64(coded), plain);
  }
}

TEST(Base64, TakesEveryByteThereAndBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(from_base64(base64(all)), all);
}

TEST(Base64, RefusesWhatIsNone) {
  for (const auto* text : {"Zg=", "Zm9", "Z!==", "Zm9v\n", "Z===", "====", "Zg==Zg=="}) EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

TEST(Base64, LooksAtNothingBehindItsBytes) {
  EXPECT_EQ(base64(std::string_view("foo").substr(0, 1)), "Zg==");
  EXPECT_EQ(from_base64(std::string_view("Zm9vYmFy").substr(0, 4)), "foo");
}

}  // namespace
}  // namespace rekindle
