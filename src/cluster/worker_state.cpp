// What a worker takes with it from one machine to another.
#include <utility>

#include "cluster/averaging.hpp"
#include "cluster/worker.hpp"

namespace rekindle::cluster {

namespace {

void put(const CommonState& state, ByteWriter& out) {
  out.put_array(state.weights);
  out.put_array(state.statistics);
}

CommonState get_state(ByteReader& in) {
  CommonState state;
  state.weights = in.get_array<double>();
  state.statistics = in.get_array<double>();
  return state;
}

template <class Kind>
void put_message(const Kind* message, ByteWriter& out) {
  out.put_array(message == nullptr ? std::vector<std::byte>() : encode(*message));
}

// Nothing: none was put. A damaged one makes the reader invalid.
template <class Kind>
std::optional<Kind> get_message(ByteReader& in) {
  const auto bytes = in.get_array<std::byte>();
  if (bytes.empty()) return std::nullopt;
  auto message = decode(bytes);
  if (message && std::holds_alternative<Kind>(*message)) return std::get<Kind>(*std::move(message));
  in.invalidate();
  return std::nullopt;
}

}  // namespace

void ErrorHistory::save(ByteWriter& out) const {
  out.put<std::uint64_t>(ends_.size());
  for (const auto& end : ends_) end.save(out);
  out.put<std::int64_t>(since_poll_ ? static_cast<std::int64_t>(*since_poll_) : -1);
}

void ErrorHistory::load(ByteReader& in) {
  ends_.clear();
  for (auto count = in.get<std::uint64_t>(); in.ok() && count > 0; --count) ends_.emplace_back().load(in);
  const auto since = in.get<std::int64_t>();
  since_poll_ = since < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(since));
}

void Worker::save(ByteWriter& out) const {
  put_message(&round_, out);
  out.put(version_);
  out.put(model_term_);
  put(base_, out);
  out.put(base_samples_);
  out.put(adopted_at_);
  out.put(published_at_);
  out.put(sequence_);
  out.put(settled_);
  out.put<std::uint64_t>(unsettled_.size());
  for (const auto& one : unsettled_) {
    out.put(one.sequence);
    out.put(one.samples);
    put(one.change, out);
  }
  out.put(alarms_);
  history_.save(out);
  out.put(answered_.poll);
  out.put(answered_.drifted);
  put_message(waiting_round_ ? &*waiting_round_ : nullptr, out);
  put_message(waiting_model_ ? &*waiting_model_ : nullptr, out);
}

Status Worker::load(ByteReader& in) {
  auto round = get_message<Round>(in);
  in.get_into(version_);
  in.get_into(model_term_);
  auto base = get_state(in);
  in.get_into(base_samples_);
  in.get_into(adopted_at_);
  in.get_into(published_at_);
  in.get_into(sequence_);
  in.get_into(settled_);
  unsettled_.clear();
  for (auto count = in.get<std::uint64_t>(); in.ok() && count > 0; --count) {
    auto& one = unsettled_.emplace_back();
    in.get_into(one.sequence);
    in.get_into(one.samples);
    one.change = get_state(in);
  }
  in.get_into(alarms_);
  history_.load(in);
  answered_.worker = settings_.id;
  in.get_into(answered_.poll);
  answered_.drifted = in.get<std::uint8_t>() != 0;
  waiting_round_ = get_message<Round>(in);
  waiting_model_ = get_message<Model>(in);
  if (!in.ok() || !round || !same_shape(base, base_)) return fail(ErrorCode::data, "the state of a group's worker cannot be read");
  round_ = *std::move(round);
  base_ = std::move(base);
  replica_.set_rate(round_.lr);  // Making the worker has set the first round's.
  messages_.clear();
  begun_.clear();
  return {};
}

}  // namespace rekindle::cluster
