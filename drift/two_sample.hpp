// Two-sample statistics of a reference against a window: Kolmogorov-Smirnov, Wasserstein-1, PSI.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rekindle {

// The largest distance between the two samples' distribution functions, in units of 1/lcm(m, n). Both sorted, not empty.
[[nodiscard]] std::int64_t kolmogorov_smirnov(std::span<const double> a, std::span<const double> b);

// P(distance >= h / lcm(m, n)) for two samples of m and n values from one continuous distribution. Exact, as scipy's
// ks_2samp is up to 10,000 values; by the limiting distribution for samples of two sizes with m n above 10^7.
[[nodiscard]] double kolmogorov_smirnov_p(std::int64_t m, std::int64_t n, std::int64_t h);

// The smallest h with kolmogorov_smirnov_p(m, n, h) <= alpha; lcm(m, n) + 1 where there is none.
[[nodiscard]] std::int64_t kolmogorov_smirnov_critical(std::int64_t m, std::int64_t n, double alpha);

// Area between the two distribution functions, in the unit of the values. Both sorted, not empty.
[[nodiscard]] double wasserstein(std::span<const double> a, std::span<const double> b);

// bins - 1 inner edges at equal shares of `sorted`, with linear interpolation (numpy's default).
[[nodiscard]] std::vector<double> quantile_edges(std::span<const double> sorted, std::size_t bins);

// The bin [edge i-1, edge i) of a value, from 0 to edges.size().
[[nodiscard]] std::size_t bin_of(std::span<const double> edges, double value);

// One bin's part of the population stability index, for its shares in reference and window; each at least 1e-4.
[[nodiscard]] double psi_part(double reference_share, double window_share);

}  // namespace rekindle
