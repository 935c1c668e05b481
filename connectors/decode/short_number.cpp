#include "connectors/decode/short_number.hpp"

#include <numeric>

namespace rekindle {

namespace {

constexpr ShortNumberBytes made() {
  ShortNumberBytes out{};
  out.zeros.fill('0');
  out.nines.fill(9);
  std::iota(out.places.begin(), out.places.end(), static_cast<std::int8_t>(-16));
  for (std::size_t i = 0; i < out.all.size(); ++i) out.all[i].fill(static_cast<std::int8_t>(static_cast<int>(i) - 1));
  return out;
}

}  // namespace

constinit const ShortNumberBytes short_number_bytes = made();

}  // namespace rekindle
