// One function for each generator's registry row; `registry.cpp` lists them.
#pragma once

#include "connectors/generate/generator.hpp"

namespace rekindle {

[[nodiscard]] GeneratorRow sea_row();
[[nodiscard]] GeneratorRow agrawal_row();
[[nodiscard]] GeneratorRow hyperplane_row();
[[nodiscard]] GeneratorRow led_row();
[[nodiscard]] GeneratorRow stagger_row();
[[nodiscard]] GeneratorRow sine_row();
[[nodiscard]] GeneratorRow mixed_row();
[[nodiscard]] GeneratorRow rbf_row();
[[nodiscard]] GeneratorRow logistic_generator_row();

}  // namespace rekindle
