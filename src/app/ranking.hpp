// Ranking: the contestants of a comparison by their loss, with how sure the differences are.
#pragma once

#include <boost/json/array.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "app/contest.hpp"
#include "app/truth.hpp"

namespace rekindle {

struct RankedRow {
  const Contestant* contestant;
  double loss;            // Infinite where it is none.
  double difference = 0;  // To the first row's.
  double p = 1;           // Of so large a difference by chance.
};

// The samples in one block of the test behind `p`.
[[nodiscard]] std::uint64_t block_samples(const std::vector<RankedRow>& rows);

// The best first.
[[nodiscard]] std::vector<RankedRow> ranked(const std::vector<Contestant>& contestants, std::uint64_t seed);

// The rows of `compare --json`. With `truth`, how each one's incidents hold up against the drifts that were planned, beside two that
// need no input: one that never fires, one that fires as often as it did.
[[nodiscard]] boost::json::array ranking_json(const std::vector<RankedRow>& rows, const std::vector<PlannedDrift>* truth = nullptr);
[[nodiscard]] std::string ranking_text(const std::vector<RankedRow>& rows, std::uint64_t samples,
                                       const std::vector<PlannedDrift>* truth = nullptr);

}  // namespace rekindle
