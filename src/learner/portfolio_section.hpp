// PortfolioSection: the saved model of a portfolio, member by member.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace rekindle {

struct PortfolioSection {
  std::uint64_t best = 0;
  std::vector<std::vector<std::byte>> models;  // As each member saves itself.
  std::vector<double> weights;                 // In the mixture.
  std::vector<double> losses;                  // Faded.
};

[[nodiscard]] PortfolioSection read_portfolio(ByteReader& in);
void write_portfolio(const PortfolioSection& section, ByteWriter& out);

}  // namespace rekindle
