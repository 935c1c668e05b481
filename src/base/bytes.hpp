// ByteWriter and ByteReader: the one binary form of everything that is saved. Little-endian, fixed widths, doubles as bits.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace rekindle {

static_assert(std::endian::native == std::endian::little, "the saved form is the memory of a little-endian machine");

template <class T>
concept Scalar = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// The same bytes as characters.
inline std::string_view text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Appends to a buffer that it owns. `clear` keeps the capacity, so that a periodic save does not allocate.
class ByteWriter {
 public:
  template <Scalar T>
  void put(T value) {
    append(&value, sizeof value);
  }
  template <Scalar T>
  void put_array(std::span<const T> values) {
    put<std::uint64_t>(values.size());
    append(values.data(), values.size_bytes());
  }
  template <Scalar T>
  void put_array(const std::vector<T>& values) {
    put_array(std::span<const T>(values));
  }
  void put_string(std::string_view text) {
    put<std::uint64_t>(text.size());
    append(text.data(), text.size());
  }
  void clear() { bytes_.clear(); }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  // Leaves nothing.
  [[nodiscard]] std::vector<std::byte> take() { return std::exchange(bytes_, {}); }

 private:
  void append(const void* data, std::size_t size);
  std::vector<std::byte> bytes_;
};

// Reads what ByteWriter wrote. The first read past the end, or an array longer than what is left, makes `ok()` false;
// from then on every read gives zeros and empty arrays, so that a caller checks once, at the end. Never allocates more
// than the bytes that are there.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <Scalar T>
  [[nodiscard]] T get() {
    T value{};
    if (take(sizeof value)) std::memcpy(&value, taken_, sizeof value);
    return value;
  }
  template <Scalar T>
  void get_into(T& value) {
    value = get<T>();
  }
  template <Scalar T>
  [[nodiscard]] std::vector<T> get_array() {
    const auto count = get<std::uint64_t>();
    if (count > rest_.size() / sizeof(T)) {
      ok_ = false;
      return {};
    }
    std::vector<T> values(static_cast<std::size_t>(count));
    if (count != 0 && take(values.size() * sizeof(T))) std::memcpy(values.data(), taken_, values.size() * sizeof(T));
    return values;
  }
  // For state whose size is fixed by the configuration: another size is a failure, not a resize.
  template <Scalar T>
  void get_array_into(std::vector<T>& values) {
    auto read = get_array<T>();
    if (read.size() != values.size()) {
      ok_ = false;
      return;
    }
    values = std::move(read);
  }
  [[nodiscard]] std::string get_string() {
    const auto chars = get_array<char>();
    return {chars.begin(), chars.end()};
  }
  void invalidate() { ok_ = false; }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  bool take(std::size_t size) {
    if (!ok_ || rest_.size() < size) {
      ok_ = false;
      return false;
    }
    taken_ = rest_.data();
    rest_ = rest_.subspan(size);
    return true;
  }
  std::span<const std::byte> rest_;
  const std::byte* taken_ = nullptr;
  bool ok_ = true;
};

}  // namespace rekindle
