#include <array>

#include "drift/rows.hpp"

namespace rekindle {

std::span<const DetectorRow> detectors() {
  static const std::array rows = {
      adwin_row(),
  };
  return rows;
}

}  // namespace rekindle
