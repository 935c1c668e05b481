// Saving and restoring a Portfolio: its members one after the other, each with its length.
#include <algorithm>

#include "learner/portfolio.hpp"
#include "learner/portfolio_section.hpp"

namespace rekindle {

namespace {

template <class Save>
void put_part(ByteWriter& out, Save save) {
  ByteWriter part;
  save(part);
  out.put_array(part.bytes());
}

template <class Load>
void get_part(ByteReader& in, Load load) {
  const auto bytes = in.get_array<std::byte>();
  ByteReader part(bytes);
  load(part);
  if (!part.ok() || !part.at_end()) in.invalidate();
}

}  // namespace

void write_portfolio(const PortfolioSection& section, ByteWriter& out) {
  out.put<std::uint64_t>(section.models.size());
  out.put<std::uint64_t>(section.best);
  for (const auto& one : section.models) out.put_array(std::span(one));
  for (std::size_t k = 0; k < section.models.size(); ++k) {
    out.put(section.weights[k]);
    out.put(section.losses[k]);
  }
}

PortfolioSection read_portfolio(ByteReader& in) {
  PortfolioSection section;
  const auto count = in.get<std::uint64_t>();
  section.best = in.get<std::uint64_t>();
  for (std::uint64_t k = 0; k < count && in.ok(); ++k) section.models.push_back(in.get_array<std::byte>());
  for (std::uint64_t k = 0; k < count && in.ok(); ++k) {
    section.weights.push_back(in.get<double>());
    section.losses.push_back(in.get<double>());
  }
  return section;
}

void Portfolio::save_model(ByteWriter& out) const {
  out.put<std::uint64_t>(members_.size());
  out.put<std::uint64_t>(best());
  for (const auto& one : members_) put_part(out, [&](ByteWriter& part) { one.member->save_model(part); });
  for (const auto& one : members_) {
    out.put(one.weight);
    out.put(one.loss);
  }
}

void Portfolio::load_model(ByteReader& in) {
  if (in.get<std::uint64_t>() != members_.size()) return in.invalidate();
  (void)in.get<std::uint64_t>();
  for (auto& one : members_) get_part(in, [&](ByteReader& part) { one.member->load_model(part); });
  for (auto& one : members_) {
    in.get_into(one.weight);
    in.get_into(one.loss);
  }
}

std::vector<std::byte> Portfolio::best_model(std::span<const std::byte> section) {
  ByteReader in(section);
  auto read = read_portfolio(in);
  return read.best < read.models.size() ? std::move(read.models[read.best]) : std::vector<std::byte>();
}

void Portfolio::load_single_model(std::span<const std::byte> model) {
  for (auto& one : members_) {
    ByteReader in(model);
    one.member->load_model(in);
  }
}

void Portfolio::save_optimizer(ByteWriter& out) const {
  out.put(anchor_energy_);
  out.put(renewals_);
  for (const auto& one : members_) put_part(out, [&](ByteWriter& part) { one.member->save_optimizer(part); });
}

void Portfolio::load_optimizer(ByteReader& in) {
  in.get_into(anchor_energy_);
  in.get_into(renewals_);
  for (auto& one : members_) get_part(in, [&](ByteReader& part) { one.member->load_optimizer(part); });
}

void Portfolio::save_rate(ByteWriter& out) const {
  for (const auto& one : members_) put_part(out, [&](ByteWriter& part) { one.member->save_rate(part); });
}

void Portfolio::load_rate(ByteReader& in, const StepClock& now) {
  for (auto& one : members_) get_part(in, [&](ByteReader& part) { one.member->load_rate(part, now); });
}

void Portfolio::save_controls(ByteWriter& out) const {
  for (const auto& one : members_) put_part(out, [&](ByteWriter& part) { one.member->save_controls(part); });
}

void Portfolio::load_controls(ByteReader& in, bool same_shape) {
  for (auto& one : members_) get_part(in, [&](ByteReader& part) { one.member->load_controls(part, same_shape); });
}

}  // namespace rekindle
