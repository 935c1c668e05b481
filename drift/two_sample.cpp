#include "drift/two_sample.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rekindle {

namespace {

constexpr double smallest_share = 1e-4;
constexpr double most_steps = 1e7;

// Kolmogorov's limiting distribution, with Stephens' correction for the sizes.
double limiting_p(double m, double n, double distance) {
  const double root = std::sqrt(m * n / (m + n));
  const double x = (root + 0.12 + 0.11 / root) * distance;
  if (x < 0.2) return 1;
  double sum = 0;
  double sign = 1;
  for (int k = 1; k <= 100; ++k) {
    sum += sign * std::exp(-2.0 * k * k * x * x);
    sign = -sign;
  }
  return std::clamp(2 * sum, 0.0, 1.0);
}

// The same for two samples of one size: 2 (C(2n, n-h) - C(2n, n-2h) + ...) / C(2n, n) (Gnedenko and Korolyuk 1951).
double equal_sizes_p(std::int64_t n, std::int64_t h) {
  double sum = 0;
  double ratio = 1;
  double sign = 1;
  std::int64_t j = 0;
  for (std::int64_t end = h; end <= n; end += h) {
    for (; j < end; ++j) ratio *= static_cast<double>(n - j) / static_cast<double>(n + j + 1);
    sum += sign * ratio;
    sign = -sign;
  }
  return std::min(1.0, 2 * sum);
}

// Chance that a random order of m and n values leaves the band |i/m - j/n| < h/lcm: row by row over the lattice, where the
// last of i + j values belongs to the first sample with chance i / (i + j).
double path_p(std::int64_t m, std::int64_t n, std::int64_t h) {
  const std::int64_t lcm = std::lcm(m, n);
  const std::int64_t step_i = lcm / m;
  const std::int64_t step_j = lcm / n;
  std::vector<double> left(static_cast<std::size_t>(n) + 1);
  for (std::int64_t i = 0; i <= m; ++i) {
    for (std::int64_t j = 0; j <= n; ++j) {
      auto& cell = left[static_cast<std::size_t>(j)];
      if (std::abs(i * step_i - j * step_j) >= h) {
        cell = 1;
      } else if (i + j == 0) {
        cell = 0;
      } else {
        const double from_j = j == 0 ? 0 : left[static_cast<std::size_t>(j) - 1];
        const double share = static_cast<double>(i) / static_cast<double>(i + j);
        cell = share * (i == 0 ? 0 : cell) + (1 - share) * from_j;
      }
    }
  }
  return left.back();
}

}  // namespace

std::int64_t kolmogorov_smirnov(std::span<const double> a, std::span<const double> b) {
  const auto m = static_cast<std::int64_t>(a.size());
  const auto n = static_cast<std::int64_t>(b.size());
  const std::int64_t lcm = std::lcm(m, n);
  const std::int64_t step_a = lcm / m;
  const std::int64_t step_b = lcm / n;
  std::size_t i = 0;
  std::size_t j = 0;
  std::int64_t height = 0;
  std::int64_t largest = 0;
  while (i < a.size() && j < b.size()) {
    const double at = std::min(a[i], b[j]);
    for (; i < a.size() && a[i] == at; ++i) height += step_a;
    for (; j < b.size() && b[j] == at; ++j) height -= step_b;
    largest = std::max(largest, std::abs(height));
  }
  return largest;
}

double kolmogorov_smirnov_p(std::int64_t m, std::int64_t n, std::int64_t h) {
  if (h <= 0) return 1;
  const std::int64_t lcm = std::lcm(m, n);
  if (h > lcm) return 0;
  if (m == n) return equal_sizes_p(n, h);
  if (static_cast<double>(m) * static_cast<double>(n) <= most_steps) return path_p(m, n, h);
  return limiting_p(static_cast<double>(m), static_cast<double>(n), static_cast<double>(h) / static_cast<double>(lcm));
}

std::int64_t kolmogorov_smirnov_critical(std::int64_t m, std::int64_t n, double alpha) {
  const std::int64_t lcm = std::lcm(m, n);
  const auto significant = [&](std::int64_t h) { return kolmogorov_smirnov_p(m, n, h) <= alpha; };
  // From near the answer, which the limiting distribution knows, outwards.
  const double root = std::sqrt(static_cast<double>(m + n) / (static_cast<double>(m) * static_cast<double>(n)));
  const double guess = std::sqrt(-0.5 * std::log(alpha / 2)) * root * static_cast<double>(lcm);
  std::int64_t low = 0;  // Not significant.
  std::int64_t high = lcm + 1;
  std::int64_t width = std::max<std::int64_t>(1, lcm / 256);
  for (auto h = std::clamp<std::int64_t>(static_cast<std::int64_t>(guess), 1, lcm); low < h && h < high; width *= 2) {
    (significant(h) ? high : low) = h;
    h = high == h ? h - width : h + width;
  }
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (significant(middle) ? high : low) = middle;
  }
  return high;
}

double wasserstein(std::span<const double> a, std::span<const double> b) {
  std::size_t i = 0;
  std::size_t j = 0;
  double area = 0;
  double at = std::min(a[0], b[0]);
  while (i < a.size() || j < b.size()) {
    const double next = j == b.size() || (i < a.size() && a[i] < b[j]) ? a[i] : b[j];
    const double height = static_cast<double>(i) / static_cast<double>(a.size()) - static_cast<double>(j) / static_cast<double>(b.size());
    area += std::abs(height) * (next - at);
    at = next;
    for (; i < a.size() && a[i] == at; ++i) {
    }
    for (; j < b.size() && b[j] == at; ++j) {
    }
  }
  return area;
}

std::vector<double> quantile_edges(std::span<const double> sorted, std::size_t bins) {
  std::vector<double> edges;
  for (std::size_t k = 1; k < bins; ++k) {
    const double position = static_cast<double>(k) / static_cast<double>(bins) * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const double above = sorted[std::min(below + 1, sorted.size() - 1)];
    edges.push_back(sorted[below] + (above - sorted[below]) * (position - static_cast<double>(below)));
  }
  return edges;
}

std::size_t bin_of(std::span<const double> edges, double value) {
  return static_cast<std::size_t>(std::ranges::upper_bound(edges, value) - edges.begin());
}

double psi_part(double reference_share, double window_share) {
  const double p = std::max(smallest_share, reference_share);
  const double q = std::max(smallest_share, window_share);
  return (q - p) * std::log(q / p);
}

}  // namespace rekindle
