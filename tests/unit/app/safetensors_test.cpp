#include "app/safetensors.hpp"

#include <gmock/gmock.h>

#include <cstring>

namespace rekindle {
namespace {

using ::testing::HasSubstr;

const std::vector<NamedTensor> two = {{"output.weight", {2, 3}, {1, -2.5, 3, 0.1F, 5, 6}}, {"output.bias", {2}, {0.25, -1e-30F}}};

std::string file_of(const std::string& header, std::size_t data = 0) {
  const auto length = static_cast<std::uint64_t>(header.size());
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + std::string(data, '\0');
}

std::string mistake_in(const std::string& file) {
  const auto decoded = decode_safetensors(file);
  if (decoded) return "none";
  EXPECT_EQ(decoded.error().code, ErrorCode::data);
  return decoded.error().message;
}

TEST(Safetensors, ComeBackAsTheyWereWritten) {
  for (const bool single : {true, false}) {
    const auto decoded = decode_safetensors(encode_safetensors(two, single, {{"producer", "test"}}));
    ASSERT_TRUE(decoded) << decoded.error().message;
    ASSERT_EQ(decoded->size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ((*decoded)[i].name, two[i].name);
      EXPECT_EQ((*decoded)[i].shape, two[i].shape);
      EXPECT_EQ((*decoded)[i].values, two[i].values);
    }
  }
}

// The example of the format's own description, with one tensor.
TEST(Safetensors, AreReadAsOthersWriteThem) {
  auto file = file_of(R"({"output.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":{"format":"pt"}}    )", 4);
  const float one = 1.5F;
  std::memcpy(file.data() + file.size() - 4, &one, 4);
  const auto decoded = decode_safetensors(file);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ((*decoded)[0].values, std::vector<double>{1.5});
}

TEST(Safetensors, ThatAreDamagedAreRefusedWithTheTensorsName) {
  const auto tensor = [](const std::string& rest) { return R"({"a":{)" + rest + "}}"; };
  EXPECT_THAT(mistake_in(""), HasSubstr("too few"));
  EXPECT_THAT(mistake_in(file_of("[]")), HasSubstr("not a JSON object"));
  EXPECT_THAT(mistake_in(file_of("{\"a\":5}")), HasSubstr("\"a\" is not described"));
  EXPECT_THAT(mistake_in(file_of(tensor(R"("dtype":"BF16","shape":[1],"data_offsets":[0,2])"), 2)), HasSubstr("a: is of the type BF16"));
  EXPECT_THAT(mistake_in(file_of(tensor(R"("dtype":"F32","shape":[1,1,1],"data_offsets":[0,4])"), 4)), HasSubstr("a: has 3 dimensions"));
  EXPECT_THAT(mistake_in(file_of(tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), 4)), HasSubstr("no usable shape"));
  EXPECT_THAT(mistake_in(file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,400])"), 4)), HasSubstr("no usable shape"));
  EXPECT_THAT(mistake_in(file_of(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), 4)), HasSubstr("another size"));
  EXPECT_THAT(mistake_in(file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), 8)), HasSubstr("a hole"));
  EXPECT_THAT(mistake_in(file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"), 8)),
              HasSubstr("8 bytes behind the header, 4"));
  auto endless = file_of("{}");
  endless[7] = '\x7f';
  EXPECT_THAT(mistake_in(endless), HasSubstr("a header of"));
}

// Neither crash nor a sanitizer's report; most are refused, some change a number only.
TEST(Safetensors, CutOrChangedAtAnyByteNeverHarm) {
  const auto file = encode_safetensors(two, true, {});
  for (std::size_t at = 0; at < file.size(); ++at) {
    EXPECT_NE(mistake_in(file.substr(0, at)), "none") << at;
    for (const char bit : {'\x01', '\x10', '\x80'}) {
      auto changed = file;
      changed[at] = static_cast<char>(changed[at] ^ bit);
      (void)decode_safetensors(changed);
    }
  }
}

}  // namespace
}  // namespace rekindle
