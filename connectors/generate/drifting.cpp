#include "connectors/generate/drifting.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace rekindle {

namespace {

const std::array<std::string, 5> plan_names = {"none", "abrupt", "gradual", "incremental", "recurring"};

DriftPlan plan_named(const std::string& name) { return static_cast<DriftPlan>(std::ranges::find(plan_names, name) - plan_names.begin()); }

StreamOptions options_of(const Parameters& p, std::uint64_t length) {
  return {static_cast<std::uint64_t>(p.integer("seed")),
          p.real("noise"),
          p.real("missing"),
          p.real("imbalance"),
          plan_named(p.string("drift")),
          static_cast<std::uint64_t>(p.integer("every")),
          static_cast<std::uint64_t>(p.integer("width")),
          length};
}

}  // namespace

DriftingStream::DriftingStream(const Choice<GeneratorRow>& choice, std::uint64_t length)
    : DriftingStream(*choice.row, choice.parameters, options_of(choice.parameters, length)) {}

DriftingStream::DriftingStream(const GeneratorRow& row, const Parameters& parameters, const StreamOptions& options)
    : options_(options),
      seeds_(options.seed),
      generator_(row.make.make(parameters, seeds_.next())),
      noise_(seeds_.next()),
      missing_(seeds_.next()),
      drift_(seeds_.next()),
      balance_(seeds_.next()),
      now_(0) {
  if (options_.drift != DriftPlan::none && options_.length > 0) last_drift_ = (options_.length - 1) / options_.every;
  sample_.features.resize(generator_->columns().size());
  generator_->set_concept(concept_after(0));
}

std::uint64_t DriftingStream::concept_after(std::uint64_t drifts) const {
  const auto count = options_.drift == DriftPlan::recurring ? drifts % 2 : drifts;
  const auto concepts = generator_->concepts();
  return concepts == 0 ? count : (generator_->first_concept() + count) % concepts;
}

void DriftingStream::drift_to(std::uint64_t drifts) {
  if (now_ == drifts) return;
  generator_->set_concept(concept_after(drifts));
  now_ = drifts;
}

// Whether the sample is on the far side of a gradual drift, numbered from 1.
bool DriftingStream::is_new(std::uint64_t drift) {
  const double draw = drift_.uniform();
  if (drift == 0) return true;
  if (drift > last_drift_) return false;
  const double past = static_cast<double>(index_) - static_cast<double>(drift) * static_cast<double>(options_.every);
  return draw < 1 / (1 + std::exp(-4 * past / static_cast<double>(options_.width)));
}

void DriftingStream::move() {
  const auto behind = std::min(index_ / options_.every, last_drift_);
  if (options_.drift == DriftPlan::gradual) {
    const bool ahead = is_new(behind + 1);
    const bool here = is_new(behind);
    drift_to(ahead ? behind + 1 : (here ? behind : behind - 1));
    return;
  }
  const auto since = index_ - behind * options_.every;
  if (options_.drift != DriftPlan::incremental || behind == 0 || since + 1 >= options_.width) {
    drift_to(behind);
    return;
  }
  const double share = static_cast<double>(since + 1) / static_cast<double>(options_.width);
  generator_->set_between(concept_after(behind - 1), concept_after(behind), share);
  now_ = std::nullopt;
}

void DriftingStream::draw() {
  sample_.label = generator_->next(sample_.features);
  if (options_.noise > 0 && noise_.uniform() < options_.noise) {
    const auto others = static_cast<std::uint64_t>(generator_->classes() - 1);
    sample_.label = (sample_.label + 1 + static_cast<int>(noise_.below(others))) % generator_->classes();
  }
}

// The class first, then samples until one is of it: the share is the same before and after a drift, and among the wrong
// labels. A concept that hardly has the class is not waited for.
void DriftingStream::draw_balanced() {
  constexpr int most_draws = 100'000;
  const int wanted = balance_.uniform() < options_.imbalance ? 1 : 0;
  for (int draws = 0; draws < most_draws; ++draws) {
    draw();
    if (sample_.label == wanted) return;
  }
}

const StreamSample& DriftingStream::next() {
  if (options_.drift != DriftPlan::none) move();
  ++index_;
  options_.imbalance > 0 ? draw_balanced() : draw();
  if (options_.missing > 0) {
    for (auto& value : sample_.features) {
      if (missing_.uniform() < options_.missing) value = std::numeric_limits<double>::quiet_NaN();
    }
  }
  return sample_;
}

std::vector<PlannedDrift> DriftingStream::drifts(std::uint64_t count) const {
  std::vector<PlannedDrift> out;
  const bool wide = options_.drift == DriftPlan::gradual || options_.drift == DriftPlan::incremental;
  for (std::uint64_t drift = 1; drift <= last_drift_ && drift * options_.every < count; ++drift) {
    out.push_back(
        {drift * options_.every, plan_names[static_cast<std::size_t>(options_.drift)], wide ? options_.width : 0, concept_after(drift)});
  }
  return out;
}

std::span<const ParameterSpec> common_generator_parameters() {
  static const std::array specs = {
      integer("seed", 42).at_least(0).means("of everything random"),
      real("noise", 0).at_least(0).at_most(1).means("share of labels replaced by another class"),
      choice("drift", {plan_names.begin(), plan_names.end()}, "none").means("how the concept changes"),
      integer("every", 10'000).at_least(1).means("samples between drifts"),
      integer("width", 1000).at_least(1).means("samples that a gradual or incremental drift takes"),
      real("missing", 0).at_least(0).at_most(1).means("share of feature values absent"),
      real("imbalance", 0)
          .at_least(0)
          .below(1)
          .means("share of class 1, of two: samples of the other are thinned out; 0: as the generator draws them"),
      integer("label_delay", 0)
          .at_least(0)
          .at_most(static_cast<double>(longest_label_delay))
          .means("samples by which a label is late: `rekindle generate` writes the labels into a file or topic of their own"),
  };
  return specs;
}

namespace {

// What only the parameters together can say: the key and what is wrong with it, or two empty strings.
std::pair<std::string, std::string> broken(const GeneratorRow& row, const Parameters& p) {
  if (const int classes = p.real("imbalance") > 0 ? row.make.make(p, 0)->classes() : 2; classes != 2)
    return {"imbalance", fmt::format("needs two classes, {} has {}", row.name, classes)};
  if (p.string("drift") != "incremental") return {};
  if (!row.make.between) {
    std::vector<std::string> able;
    for (const auto& one : generators()) {
      if (one.make.between) able.push_back(one.name);
    }
    return {"drift", fmt::format("incremental needs numbers that can move: {}; {} has rules only", fmt::join(able, ", "), row.name)};
  }
  const auto every = p.integer("every");
  const auto width = p.integer("width");
  return width <= every ? std::pair<std::string, std::string>()
                        : std::pair(std::string("width"), fmt::format("must be <= every ({}) for incremental drift, got {}", every, width));
}

}  // namespace

Choice<GeneratorRow> check_stream(const Table& given, const std::string& prefix, Diagnostics& diagnostics) {
  const auto errors_before = diagnostics.all().size();
  auto result = check_choice(generators(), common_generator_parameters(), given, prefix, diagnostics);
  if (diagnostics.all().size() == errors_before) {
    auto [key, problem] = broken(*result.row, result.parameters);
    if (!key.empty()) {
      const auto* entry = given.find(key);
      diagnostics.error(entry == nullptr ? Place{} : entry->value.place, prefix + "." + key, std::move(problem));
    }
  }
  if (diagnostics.all().size() != errors_before) result.row = nullptr;
  return result;
}

}  // namespace rekindle
