#include <array>

#include "drift/rows.hpp"

namespace rekindle {

std::span<const DetectorRow> detectors() {
  static const std::array rows = {
      adwin_row(),  page_hinkley_row(), kswin_row(), cusum_row(), gma_row(),   ddm_row(), eddm_row(), hddm_a_row(),
      hddm_w_row(), fhddm_row(),        rddm_row(),  ecdd_row(),  stepd_row(), psi_row(), ks_row(),   wasserstein_row(),
  };
  return rows;
}

}  // namespace rekindle
