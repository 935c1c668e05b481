// Codec: takes compressed bytes in, gives plain bytes out.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace rekindle {

struct CodecStep {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  std::string problem;  // "" where all is well; otherwise nothing more can be read.
};

class Codec {
 public:
  virtual ~Codec() = default;
  // Neither consumes nor produces anything only when it needs more input. Several members (gzip) or frames (zstd) behind
  // one another are one stream.
  [[nodiscard]] virtual CodecStep decode(std::span<const char> in, std::span<char> out) = 0;
  // True between two members, where a file may end.
  [[nodiscard]] virtual bool may_end() const = 0;
  [[nodiscard]] virtual std::string_view name() const = 0;
};

[[nodiscard]] std::unique_ptr<Codec> make_gzip_codec();
[[nodiscard]] std::unique_ptr<Codec> make_zstd_codec();

// What the first bytes of a file say. `undecided`: more of them are needed.
struct CodecChoice {
  bool undecided = false;
  std::unique_ptr<Codec> codec;  // Null: plain bytes.
};
[[nodiscard]] CodecChoice choose_codec(std::string_view first_bytes);

}  // namespace rekindle
