// The limit that ./dev bench text comes near: Vowpal Wabbit's text read by one thread, names hashed as VW hashes them, numbers by
// from_chars, SGD or Adagrad over the logistic loss in single precision, and nothing else.
//   plain_loop FILE sgd|adagrad LR BITS
// Prints the mean loss of the predictions made before learning.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bench/give_up.hpp"
#include "data/hashing.hpp"

namespace rekindle::bench {
namespace {

std::string_view mapped(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat about {};
  if (file < 0 || fstat(file, &about) != 0) give_up(fmt::format("cannot read {}", path));
  const auto size = static_cast<std::size_t>(about.st_size);
  void* at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (at == MAP_FAILED) give_up(fmt::format("cannot map {}", path));
  close(file);
  return {static_cast<const char*>(at), size};
}

struct Feature {
  std::uint32_t at;
  float value;
};

// "1 | x0:1.25 x1:-3": the label, then the features. Returns whether it is the positive class.
bool read_line(std::string_view line, std::uint32_t mask, std::vector<Feature>& features) {
  features.clear();
  const bool positive = line[0] != '-';
  const char* at = line.data() + line.find('|') + 1;
  const char* const end = line.data() + line.size();
  while (at < end) {
    ++at;
    const char* const colon = static_cast<const char*>(memchr(at, ':', static_cast<std::size_t>(end - at)));
    if (colon == nullptr) give_up("a feature without a value");
    float value = 0;
    const auto read = std::from_chars(colon + 1, end, value);
    if (read.ec != std::errc()) give_up("a value that is no number");
    features.push_back({feature_hash({at, static_cast<std::size_t>(colon - at)}, 0) & mask, value});
    at = read.ptr;
  }
  return positive;
}

struct Weight {
  float w = 0;
  float sum = 0;  // Of squared gradients.
};

template <bool adagrad>
double learn(std::string_view text, float rate, unsigned bits) {
  const std::uint32_t mask = (std::uint32_t{1} << bits) - 1;
  std::vector<Weight> weights(std::size_t{mask} + 2);  // The bias is the last.
  std::vector<Feature> features;
  double loss = 0;
  std::size_t samples = 0;
  const auto step = [&](Weight& weight, float g) {
    if constexpr (adagrad) {
      weight.sum += g * g;
      weight.w -= rate * g / (std::sqrt(weight.sum) + 1e-10F);
    } else {
      weight.w -= rate * g;
    }
  };
  for (std::size_t begin = 0; begin < text.size(); ++samples) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const bool positive = read_line(text.substr(begin, end - begin), mask, features);
    begin = end + 1;
    float score = weights.back().w;
    for (const auto& one : features) score += weights[one.at].w * one.value;
    const float toward = positive ? score : -score;
    loss += std::log1p(std::exp(-std::abs(toward))) + std::max(0.0F, -toward);
    const float slope = 1 / (1 + std::exp(-score)) - (positive ? 1.0F : 0.0F);
    for (const auto& one : features) step(weights[one.at], slope * one.value);
    step(weights.back(), slope);
  }
  return loss / static_cast<double>(samples);
}

}  // namespace
}  // namespace rekindle::bench

int main(int count, char** arguments) {
  using namespace rekindle::bench;
  if (count != 5) return 2;
  const auto text = mapped(arguments[1]);
  const auto rate = std::strtof(arguments[3], nullptr);
  const auto bits = static_cast<unsigned>(std::strtoul(arguments[4], nullptr, 10));
  fmt::print("{:.6f}\n", std::string_view(arguments[2]) == "adagrad" ? learn<true>(text, rate, bits) : learn<false>(text, rate, bits));
}
