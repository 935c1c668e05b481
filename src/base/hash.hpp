// XXH3 checksums: 64 bits guard saved sections, 128 bits name a learning state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace rekindle {

[[nodiscard]] std::uint64_t hash64(std::span<const std::byte> bytes);

// 32 lower-case hexadecimal digits, the high half first (the form that `xxhsum -H2` prints).
[[nodiscard]] std::string hash128_hex(std::span<const std::byte> bytes);

// The same of bytes that come piece by piece.
class Hash128 {
 public:
  Hash128();
  ~Hash128();
  Hash128(const Hash128&) = delete;
  Hash128& operator=(const Hash128&) = delete;
  void add(std::span<const std::byte> bytes);
  [[nodiscard]] std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rekindle
