#include "connectors/file/codec.hpp"

#define ZLIB_CONST  // Its input may be const.
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

namespace rekindle {

namespace {

constexpr int gzip_window = 15 + 16;  // zlib's way to say: gzip, and any window.

class GzipCodec final : public Codec {
 public:
  GzipCodec() { usable_ = inflateInit2(&stream_, gzip_window) == Z_OK; }
  ~GzipCodec() override { inflateEnd(&stream_); }
  GzipCodec(const GzipCodec&) = delete;
  GzipCodec& operator=(const GzipCodec&) = delete;

  [[nodiscard]] CodecStep decode(std::span<const char> in, std::span<char> out) override {
    CodecStep step;
    if (!usable_) return {0, 0, "out of memory"};
    if (may_end_ && !in.empty()) {
      inflateReset(&stream_);
      may_end_ = false;
    }
    if (may_end_) return step;
    stream_.next_in = reinterpret_cast<const Bytef*>(in.data());
    stream_.avail_in = clamped(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = clamped(out.size());
    const auto in_before = stream_.avail_in;
    const auto out_before = stream_.avail_out;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    step.consumed = in_before - stream_.avail_in;
    step.produced = out_before - stream_.avail_out;
    may_end_ = code == Z_STREAM_END;
    const bool good = code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR;  // The last: it needs more input.
    if (!good) step.problem = stream_.msg == nullptr ? "damaged" : stream_.msg;
    return step;
  }

  [[nodiscard]] bool may_end() const override { return may_end_; }
  [[nodiscard]] std::string_view name() const override { return "gzip"; }

 private:
  static uInt clamped(std::size_t size) {
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    return static_cast<uInt>(size < most ? size : most);
  }
  z_stream stream_{};
  bool usable_ = false;
  bool may_end_ = true;
};

class ZstdCodec final : public Codec {
 public:
  [[nodiscard]] CodecStep decode(std::span<const char> in, std::span<char> out) override {
    if (!stream_) return {0, 0, "out of memory"};
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    if (may_end_ && in.empty()) return {};
    const auto left = ZSTD_decompressStream(stream_.get(), &to, &from);
    if (ZSTD_isError(left) != 0) return {from.pos, to.pos, ZSTD_getErrorName(left)};
    may_end_ = left == 0;
    return {from.pos, to.pos, {}};
  }

  [[nodiscard]] bool may_end() const override { return may_end_; }
  [[nodiscard]] std::string_view name() const override { return "zstd"; }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
  bool may_end_ = true;
};

}  // namespace

std::unique_ptr<Codec> make_gzip_codec() { return std::make_unique<GzipCodec>(); }
std::unique_ptr<Codec> make_zstd_codec() { return std::make_unique<ZstdCodec>(); }

CodecChoice choose_codec(std::string_view first_bytes) {
  CodecChoice choice;
  const auto is = [&](std::string_view magic) {
    const auto common = std::min(magic.size(), first_bytes.size());
    if (magic.substr(0, common) != first_bytes.substr(0, common)) return false;
    choice.undecided = choice.undecided || common < magic.size();
    return common == magic.size();
  };
  if (is("\x1f\x8b")) choice.codec = make_gzip_codec();
  if (is("\x28\xb5\x2f\xfd")) choice.codec = make_zstd_codec();
  return choice;
}

}  // namespace rekindle
