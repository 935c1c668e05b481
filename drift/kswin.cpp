#include <algorithm>
#include <numeric>
#include <vector>

#include "base/random.hpp"
#include "drift/memory.hpp"
#include "drift/rows.hpp"
#include "drift/two_sample.hpp"

namespace rekindle {

namespace {

struct KswinOptions {
  double alpha;
  std::size_t window;
  std::size_t sample;
  std::uint64_t seed;
};

// The newest values against as many drawn from the older ones of the window. Follows River index by index where nothing is
// left to draw (window_size = 2 stat_size); elsewhere the draws are those of our own generator. After a drift everything
// begins anew, the generator too.
class Kswin final : public DriftDetector {
 public:
  explicit Kswin(const KswinOptions& options)
      : sample_(options.sample),
        seed_(options.seed),
        critical_(critical(options)),
        window_(options.window),
        older_(options.window - options.sample + 1),
        newest_(options.sample + 1),
        order_(options.window - options.sample),
        drawn_(order_.size()),
        random_(options.seed) {
    reset();
  }

  DriftSignal observe(double value) override {
    if (fired_) reset();
    insert(value);
    if (!window_.full()) return {};
    draw();
    const auto distance = compare();
    const auto size = static_cast<double>(sample_);
    const double statistic = static_cast<double>(distance) / size;
    pressure_ = static_cast<double>(distance) / static_cast<double>(critical_);
    fired_ = distance >= critical_;
    if (!fired_) return {DriftLevel::stable, statistic};
    double before = 0;
    double after = 0;
    for (std::size_t i = 0; i < drawn_.size(); ++i) before += drawn_[i] != 0 ? older_.values()[i] : 0;
    for (const double one : newest_.values()) after += one;
    return {DriftLevel::drift, statistic, before / size, after / size, size, size};
  }
  [[nodiscard]] double pressure() const override { return pressure_; }
  void reset() override {
    window_.clear();
    older_.clear();
    newest_.clear();
    random_ = Random(seed_);
    std::iota(order_.begin(), order_.end(), 0U);
    pressure_ = 0;
    fired_ = false;
  }
  void save(ByteWriter& out) const override {
    window_.save(out);
    random_.save(out);
    out.put_array(order_);
    out.put(pressure_);
    out.put(fired_);
  }
  void load(ByteReader& in) override {
    reset();
    Ring<double> saved = window_;
    saved.load(in);
    for (std::size_t i = 0; i < saved.size(); ++i) insert(saved[i]);
    random_.load(in);
    in.get_array_into(order_);
    for (const auto rank : order_) {
      if (rank >= order_.size()) return in.invalidate();
    }
    in.get_into(pressure_);
    fired_ = in.get<std::uint8_t>() != 0;
  }

 private:
  // River also asks for a distance above 0.1.
  static std::int64_t critical(const KswinOptions& options) {
    const auto size = static_cast<std::int64_t>(options.sample);
    std::int64_t h = kolmogorov_smirnov_critical(size, size, options.alpha);
    while (static_cast<double>(h) / static_cast<double>(size) <= 0.1) ++h;
    return h;
  }

  void insert(double value) {
    const bool full = window_.full();
    const double oldest = window_.push(value);
    if (full) older_.erase(oldest);
    newest_.insert(value);
    if (window_.size() <= sample_) return;
    const double moved = window_[window_.size() - 1 - sample_];
    newest_.erase(moved);
    older_.insert(moved);
  }

  // Marks `sample_` of the older values, each set of them equally likely: the first steps of a shuffle, which may go on
  // from any order.
  void draw() {
    std::ranges::fill(drawn_, std::uint8_t{sample_ == drawn_.size() ? std::uint8_t{1} : std::uint8_t{0}});
    if (sample_ == drawn_.size()) return;
    for (std::size_t i = 0; i < sample_; ++i) {
      std::swap(order_[i], order_[i + random_.below(order_.size() - i)]);
      drawn_[order_[i]] = 1;
    }
  }

  // Kolmogorov-Smirnov distance of the drawn and the newest values, times `sample_`.
  [[nodiscard]] std::int64_t compare() const {
    const auto& old = older_.values();
    const auto& fresh = newest_.values();
    std::int64_t height = 0;
    std::int64_t largest = 0;
    for (std::size_t i = 0, j = 0; i < old.size() && j < fresh.size();) {
      const double at = std::min(old[i], fresh[j]);
      for (; i < old.size() && old[i] == at; ++i) height += drawn_[i];
      for (; j < fresh.size() && fresh[j] == at; ++j) --height;
      largest = std::max(largest, std::abs(height));
    }
    return largest;
  }

  std::size_t sample_;
  std::uint64_t seed_;
  std::int64_t critical_;
  Ring<double> window_;
  SortedValues older_;
  SortedValues newest_;
  std::vector<std::uint32_t> order_;  // Ranks of the older values, in the order they would be drawn.
  std::vector<std::uint8_t> drawn_;
  Random random_;
  double pressure_ = 0;
  bool fired_ = false;
};

}  // namespace

DetectorRow kswin_row() {
  return {"kswin",
          "Kolmogorov-Smirnov test of the newest values in a window (Raab and others 2020)",
          {real("alpha", 0.005).above(0).below(1).means("significance of a drift"),
           integer("window_size", 100).at_least(2).at_most(1'000'000).means("values in the window"),
           integer("stat_size", 30).at_least(1).at_most(10'000).means("newest values, and as many drawn from the others"),
           integer("seed", 42).at_least(0).means("of the draws")},
          {DetectorInput::any,
           [](const Parameters& p) {
             return std::make_unique<Kswin>(KswinOptions{p.real("alpha"), static_cast<std::size_t>(p.integer("window_size")),
                                                         static_cast<std::size_t>(p.integer("stat_size")),
                                                         static_cast<std::uint64_t>(p.integer("seed"))});
           }},
          [](const Parameters& p) -> std::string {
            return p.integer("window_size") < 2 * p.integer("stat_size") ? "window_size must be at least twice stat_size" : "";
          }};
}

}  // namespace rekindle
