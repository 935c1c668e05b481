#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "tests/fault/checksums.hpp"

namespace {

// What loads must be whole: written again and loaded again it is the same.
void decode(std::span<const std::byte> file) {
  const auto first = rekindle::decode_checkpoint(file);
  if (!first) {
    if (first.error().message.empty()) std::abort();
    return;
  }
  const auto bytes = rekindle::encode_checkpoint(*first);
  const auto second = rekindle::decode_checkpoint(bytes);
  if (!second || rekindle::encode_checkpoint(*second) != bytes) std::abort();
}

// As a header of `length` bytes and the sections behind it.
std::vector<std::byte> with_fixed_part(std::span<const std::byte> rest, std::size_t length) {
  auto file = rekindle::write_head({});
  file[12] = static_cast<std::byte>(length & 0xff);
  file[13] = static_cast<std::byte>(length >> 8);
  file.insert(file.end(), rest.begin(), rest.end());
  return rekindle::with_right_checksums(std::move(file));
}

}  // namespace

// The first byte chooses: the file as it is; with its checksums made right; or a header and sections without a fixed part,
// so that mutations get past the checksums.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  if (input.empty()) return 0;
  const auto choice = static_cast<unsigned>(input.front()) % 3;
  const auto rest = input.subspan(1);
  if (choice == 0) {
    decode(rest);
  } else if (choice == 1) {
    decode(rekindle::with_right_checksums({rest.begin(), rest.end()}));
  } else if (rest.size() >= 2) {
    const auto length = static_cast<std::size_t>(rest[0]) | static_cast<std::size_t>(rest[1]) << 8;
    decode(with_fixed_part(rest.subspan(2), length % (rest.size() - 1)));
  }
  return 0;
}
