#include "data/scaling_statistics.hpp"

namespace rekindle {

ScalingStatistics statistics_of(const Scaler& scaler) {
  ByteWriter saved;
  scaler.save(saved);
  ByteReader in(saved.bytes());
  ScalingStatistics out;
  out.count = in.get_array<double>();
  out.mean = scaler.means();
  out.variance = scaler.variances();
  out.low = scaler.lows();
  out.high = scaler.highs();
  return out;
}

std::vector<std::byte> saved_form(ScaleKind kind, const ScalingStatistics& statistics) {
  ByteWriter out;
  out.put_array(statistics.count);
  out.put_array(statistics.mean);
  out.put_array(statistics.variance);
  if (kind == ScaleKind::minmax) {
    out.put_array(statistics.low);
    out.put_array(statistics.high);
  }
  return out.take();
}

}  // namespace rekindle
