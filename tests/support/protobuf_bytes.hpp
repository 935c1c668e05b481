// Protobuf's binary form, written by hand: what a decoder is shown is not made by the library that it reads with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rekindle::test {

class ProtobufBytes {
 public:
  ProtobufBytes& varint(unsigned field, std::uint64_t number) { return put(field << 3).put(number); }
  ProtobufBytes& real(unsigned field, double number) { return put(field << 3 | 1).bare(number); }
  ProtobufBytes& single(unsigned field, float number) { return put(field << 3 | 5).memory(&number, sizeof number); }
  ProtobufBytes& fixed32(unsigned field, std::uint32_t number) { return put(field << 3 | 5).memory(&number, sizeof number); }
  ProtobufBytes& text(unsigned field, std::string_view text) { return put(field << 3 | 2).put(text.size()).raw(text); }
  ProtobufBytes& bytes(unsigned field, const std::string& inner) { return text(field, inner); }
  // Without a tag, as in a packed array.
  ProtobufBytes& bare(double number) { return memory(&number, sizeof number); }
  ProtobufBytes& raw(std::string_view more) {
    bytes_ += more;
    return *this;
  }
  operator const std::string&() const { return bytes_; }  // NOLINT(google-explicit-constructor): it stands for its bytes.

 private:
  ProtobufBytes& put(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) bytes_ += static_cast<char>(number | 0x80);
    bytes_ += static_cast<char>(number);
    return *this;
  }
  ProtobufBytes& memory(const void* from, std::size_t size) {
    bytes_.append(static_cast<const char*>(from), size);
    return *this;
  }
  std::string bytes_;
};

}  // namespace rekindle::test
