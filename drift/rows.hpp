// One function for each detector's registry row; `registry.cpp` lists them.
#pragma once

#include "drift/detector.hpp"

namespace rekindle {

[[nodiscard]] DetectorRow adwin_row();

}  // namespace rekindle
