// Kind: how a drift came about, told from the course of the error before and after the alarm.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace rekindle {

// Recurring is nobody's guess here: the policy says so when an archived model fits.
enum class DriftKind : std::uint8_t { abrupt, gradual, recurring, burst };
inline constexpr std::array<const char*, 4> drift_kind_names = {"abrupt", "gradual", "recurring", "burst"};

// Sees the error of every labelled sample, and from `begin` on says what kind of drift it has been so far:
//
// * burst: the error stood high for at most 150 samples, rose and fell at once (a learner that adapts falls slowly), and was
//   back at what was usual for 50 samples;
// * gradual: a ramp from the usual level to the highest fits the errors clearly better than a step, and is longer than 200;
// * abrupt: otherwise.
//
// Means of 10 samples, the newest 4000 samples; the guess is made at the alarm and again every 50 samples for 2000.
class DriftKindEstimate {
 public:
  void observe(double error);
  // An incident opens at the newest sample.
  void begin();
  [[nodiscard]] DriftKind kind() const { return kind_; }
  // The guess may still change.
  [[nodiscard]] bool running() const { return left_ != 0; }
  // No incident to look at, or one that this cannot judge.
  void stop() { left_ = 0; }
  void save(ByteWriter& out) const;
  void load(ByteReader& in);

  static constexpr std::size_t block = 10;
  static constexpr std::size_t blocks = 400;

 private:
  [[nodiscard]] double at(std::uint64_t index) const { return means_[index % blocks]; }
  [[nodiscard]] double mean(std::uint64_t first, std::uint64_t end) const;
  void guess();
  [[nodiscard]] bool is_burst(double usual) const;
  [[nodiscard]] bool is_gradual() const;

  std::array<double, blocks> means_{};  // Of complete blocks, by index modulo `blocks`.
  std::uint64_t complete_ = 0;
  double sum_ = 0;  // Of the block that is not complete.
  std::uint64_t in_block_ = 0;
  std::uint64_t began_ = 0;  // Complete blocks at the alarm.
  std::uint64_t left_ = 0;   // Guesses still to make.
  DriftKind kind_ = DriftKind::abrupt;
};

}  // namespace rekindle
