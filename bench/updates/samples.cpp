#include "bench/updates/samples.hpp"

#include <fstream>

namespace rekindle::bench {

Result<Samples> read_samples(const std::string& path) {
  std::ifstream in(path);
  Samples out;
  Eigen::Index count = 0;
  Eigen::Index values = 0;
  in >> out.sparse >> count >> out.width >> values;
  if (!in) return fail(ErrorCode::io, "{}: cannot be read", path);
  out.rows.setOnes(count, values + (out.sparse ? 0 : 1));
  for (Eigen::Index i = 0; i < count; ++i) {
    in >> out.labels.emplace_back();
    auto& indexes = out.indexes.emplace_back();
    for (Eigen::Index j = 0; out.sparse && j < values; ++j) in >> indexes.emplace_back();
    for (Eigen::Index j = 0; j < values; ++j) in >> out.rows(i, j);
  }
  if (!in) return fail(ErrorCode::data, "{}: ends too early, or not all of it are numbers", path);
  return out;
}

}  // namespace rekindle::bench
