#include "tests/fuzz/decoding.hpp"

// The highest bits of the first byte choose header and delimiter.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rekindle::DecoderOptions options;
  options.header = size == 0 || (data[0] & 0x40) == 0;
  options.delimiter = size != 0 && (data[0] & 0x80) != 0 ? ' ' : ',';
  rekindle::fuzz::decode_lines("csv", options, data, size);
  return 0;
}
