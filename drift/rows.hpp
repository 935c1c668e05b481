// One function for each detector's registry row; `registry.cpp` lists them.
#pragma once

#include "drift/detector.hpp"

namespace rekindle {

[[nodiscard]] DetectorRow adwin_row();
[[nodiscard]] DetectorRow page_hinkley_row();
[[nodiscard]] DetectorRow kswin_row();
[[nodiscard]] DetectorRow cusum_row();
[[nodiscard]] DetectorRow gma_row();
[[nodiscard]] DetectorRow ddm_row();
[[nodiscard]] DetectorRow eddm_row();
[[nodiscard]] DetectorRow hddm_a_row();
[[nodiscard]] DetectorRow hddm_w_row();
[[nodiscard]] DetectorRow fhddm_row();
[[nodiscard]] DetectorRow rddm_row();
[[nodiscard]] DetectorRow ecdd_row();
[[nodiscard]] DetectorRow stepd_row();
[[nodiscard]] DetectorRow psi_row();
[[nodiscard]] DetectorRow ks_row();
[[nodiscard]] DetectorRow wasserstein_row();

}  // namespace rekindle
