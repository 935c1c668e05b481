// Parts for the tests of the portfolio: the recipe of one, and the bytes of what is saved.
#pragma once

#include <cstddef>
#include <vector>

#include "learner/portfolio.hpp"
#include "support/learners.hpp"

namespace rekindle::test {

inline Recipe portfolio(PortfolioBudget budget = PortfolioBudget::full) {
  Recipe recipe;
  recipe.mode = LearnerMode::portfolio;
  recipe.policy = "graded";
  recipe.budget = budget;
  return recipe;
}

template <class Save>
std::vector<std::byte> bytes_of(Save save) {
  ByteWriter out;
  save(out);
  return {out.bytes().begin(), out.bytes().end()};
}

}  // namespace rekindle::test
