// Avro's binary form, written by hand: what a decoder is shown is not made by the library that it reads with.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace rekindle::test {

class AvroBytes {
 public:
  AvroBytes& integer(std::int64_t number) {
    auto rest = static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
    for (; rest >= 0x80; rest >>= 7) bytes_ += static_cast<char>(rest | 0x80);
    bytes_ += static_cast<char>(rest);
    return *this;
  }
  AvroBytes& real(double number) { return raw(&number, sizeof number); }
  AvroBytes& single(float number) { return raw(&number, sizeof number); }
  AvroBytes& flag(bool on) {
    bytes_ += on ? '\1' : '\0';
    return *this;
  }
  AvroBytes& text(std::string_view text) {
    integer(static_cast<std::int64_t>(text.size()));
    bytes_ += text;
    return *this;
  }
  AvroBytes& bytes(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  [[nodiscard]] const std::string& str() const { return bytes_; }
  operator const std::string&() const { return bytes_; }  // NOLINT(google-explicit-constructor): it stands for its bytes.

 private:
  AvroBytes& raw(const void* from, std::size_t size) {
    bytes_.append(static_cast<const char*>(from), size);
    return *this;
  }
  std::string bytes_;
};

}  // namespace rekindle::test
