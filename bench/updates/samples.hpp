// The samples of `updates`, as peers.py writes them: the same for everybody who takes part.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace rekindle::bench {

struct Samples {
  bool sparse = false;
  Eigen::Index width = 0;  // Features; of sparse samples the number of coordinates.
  // Dense: a sample with a 1 behind it. Sparse: the values at `indexes`.
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows;
  std::vector<std::vector<int>> indexes;
  std::vector<float> labels;
};

// Numbers as text: sparse (0 or 1), count, width, values in a sample; then a sample a line: label, indexes where sparse, values.
[[nodiscard]] Result<Samples> read_samples(const std::string& path);

}  // namespace rekindle::bench
