#include "tests/fuzz/decoding.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rekindle::DecoderOptions options;
  options.header = false;
  rekindle::fuzz::decode_lines("json", options, data, size);
  return 0;
}
