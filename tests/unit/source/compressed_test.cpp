#include <gmock/gmock.h>
#include <zlib.h>
#include <zstd.h>

#include "connectors/file/line_source.hpp"
#include "support/temporary_file.hpp"

namespace rekindle {
namespace {

using test::TemporaryFile;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

// All payloads with a newline behind each, then the error if there is one.
std::string read(const std::string& content, Error* error = nullptr) {
  const TemporaryFile file(content);
  const auto source = make_line_source(file.path());
  EXPECT_TRUE(source->open({}));
  std::string out;
  for (bool at_end = false; !at_end;) {
    const auto polled = source->poll(std::chrono::milliseconds(0));
    if (!polled) {
      if (error == nullptr) ADD_FAILURE() << polled.error().message;
      if (error != nullptr) *error = polled.error();
      return out;
    }
    at_end = polled->at_end;
    for (const auto& record : polled->records) out += std::string(record.payload) + "\n";
  }
  return out;
}

std::string many_lines() {
  std::string out;
  std::uint64_t noise = 1;
  for (int i = 0; i < 200'000; ++i) {
    noise = noise * 6364136223846793005U + 1442695040888963407U;
    out += fmt::format("{{\"a\":{},\"b\":{}}}\n", noise >> 40, i);
  }
  return out;
}

using Pack = std::string (*)(const std::string&);
class CompressedFile : public ::testing::TestWithParam<std::pair<const char*, Pack>> {
 protected:
  static std::string pack(const std::string& text) { return GetParam().second(text); }
};

TEST_P(CompressedFile, IsToldByItsContent) {
  EXPECT_EQ(read(pack("a\nb\n")), "a\nb\n");
  EXPECT_EQ(read(pack("a\nb")), "a\nb\n") << "the last line needs no end";
  EXPECT_EQ(read(pack("")), "");
}

TEST_P(CompressedFile, MayHaveManyParts) { EXPECT_EQ(read(pack("a\nb") + pack("") + pack("c\nd\n") + pack("e")), "a\nbc\nd\ne\n"); }

TEST_P(CompressedFile, MayBeLong) {
  const auto text = many_lines();
  EXPECT_TRUE(read(pack(text)) == text);
  EXPECT_TRUE(read(pack(text) + pack(text)) == text + text);
}

TEST_P(CompressedFile, IsRefusedWhereItWasCutShort) {
  const auto packed = pack(many_lines());
  for (const auto size : {packed.size() - 1, packed.size() / 2, packed.size() / 3, std::size_t{20}}) {
    Error error;
    (void)read(packed.substr(0, size), &error);
    EXPECT_EQ(error.code, ErrorCode::data) << size;
    EXPECT_THAT(error.message, HasSubstr(fmt::format("the {} file was cut short at byte {}", GetParam().first, size)));
  }
}

TEST_P(CompressedFile, IsRefusedWhereItIsDamaged) {
  auto packed = pack(many_lines());
  for (std::size_t i = packed.size() / 2; i < packed.size() / 2 + 100; ++i) packed[i] = static_cast<char>(~packed[i]);
  Error error;
  (void)read(packed, &error);
  EXPECT_EQ(error.code, ErrorCode::data);
  EXPECT_THAT(error.message, HasSubstr(fmt::format("rekindle_test_")));
  EXPECT_THAT(error.message, HasSubstr("at byte "));
  (void)read(pack("a\n") + "something else", &error);
  EXPECT_EQ(error.code, ErrorCode::data);
}

INSTANTIATE_TEST_SUITE_P(All, CompressedFile, ::testing::Values(std::pair("gzip", &gzip), std::pair("zstd", &zstd)),
                         [](const auto& one) { return std::string(one.param.first); });

TEST(CompressedFile, IsNotSeenInPlainText) {
  for (const std::string text : {"(", "((", "(a)\n", "\x1f", "\x1f\n", "PK\n"})
    EXPECT_EQ(read(text), text.ends_with('\n') ? text : text + "\n");
}

}  // namespace
}  // namespace rekindle
