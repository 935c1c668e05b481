#include "cluster/messages.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace rekindle::cluster {

namespace {

constexpr std::uint32_t magic = 0x33474b52;  // "RKG3"

template <class Real>
void put_dense(ByteWriter& out, const std::vector<double>& values) {
  std::vector<Real> typed(values.size());
  std::ranges::transform(values, typed.begin(), [](double value) { return static_cast<Real>(value); });
  out.put_array(typed);
}

template <class Real>
void put_sparse(ByteWriter& out, const std::vector<double>& values) {
  std::vector<std::uint32_t> index;
  std::vector<Real> typed;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) continue;
    index.push_back(static_cast<std::uint32_t>(i));
    typed.push_back(static_cast<Real>(values[i]));
  }
  out.put_array(index);
  out.put_array(typed);
}

template <class Real>
void put_weights(ByteWriter& out, const std::vector<double>& values) {
  const auto changed = static_cast<std::size_t>(std::ranges::count_if(values, [](double value) { return value != 0; }));
  const bool sparse = changed * (sizeof(std::uint32_t) + sizeof(Real)) < values.size() * sizeof(Real);
  out.put<std::uint64_t>(values.size());
  out.put(sparse);
  sparse ? put_sparse<Real>(out, values) : put_dense<Real>(out, values);
}

// Nothing is allocated that the bytes do not back, but for a sparse change, whose zeros are not sent.
struct StateReader : ByteReader {
  std::uint64_t most_weights;
};

template <class Real>
std::vector<double> get_weights(StateReader& in) {
  const auto count = in.get<std::uint64_t>();
  const bool sparse = in.get<std::uint8_t>() != 0;
  const auto index = sparse ? in.get_array<std::uint32_t>() : std::vector<std::uint32_t>{};
  const auto typed = in.get_array<Real>();
  const bool fits = count < in.most_weights && (sparse ? typed.size() == index.size() : typed.size() == count) &&
                    std::ranges::all_of(index, [&](std::uint32_t i) { return i < count; });
  if (!in.ok() || !fits) {
    in.invalidate();
    return {};
  }
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < typed.size(); ++i) values[sparse ? index[i] : i] = static_cast<double>(typed[i]);
  return values;
}

void put_state(ByteWriter& out, const CommonState& state, bool single_precision) {
  out.put(single_precision);
  single_precision ? put_weights<float>(out, state.weights) : put_weights<double>(out, state.weights);
  out.put_array(state.statistics);
}

void get_state(StateReader& in, CommonState& state, bool& single_precision) {
  single_precision = in.get<std::uint8_t>() != 0;
  state.weights = single_precision ? get_weights<float>(in) : get_weights<double>(in);
  state.statistics = in.get_array<double>();
}

void put(ByteWriter& out, const ErrorSums& sums) {
  out.put(sums.count);
  out.put(sums.errors);
  out.put(sums.losses);
}

void get(ByteReader& in, ErrorSums& sums) {
  in.get_into(sums.count);
  in.get_into(sums.errors);
  in.get_into(sums.losses);
}

void put(ByteWriter& out, const Publication& m) {
  for (const auto value : {m.sequence, m.base, m.samples, m.fresh, m.divergences, m.poll}) out.put(value);
  out.put(m.worker);
  m.progress.save(out);
  put(out, m.errors);
  out.put(m.drifted);
  put_state(out, m.change, m.single_precision);
}

void get(StateReader& in, Publication& m) {
  for (auto* value : {&m.sequence, &m.base, &m.samples, &m.fresh, &m.divergences, &m.poll}) in.get_into(*value);
  in.get_into(m.worker);
  m.progress.load(in);
  get(in, m.errors);
  m.drifted = in.get<std::uint8_t>() != 0;
  get_state(in, m.change, m.single_precision);
}

void put(ByteWriter& out, const Evidence& m) {
  out.put(m.worker);
  out.put(m.alarm);
  m.progress.save(out);
  out.put(m.severity);
  out.put(m.size);
  out.put(m.kind);
}

void get(ByteReader& in, Evidence& m) {
  in.get_into(m.worker);
  in.get_into(m.alarm);
  m.progress.load(in);
  in.get_into(m.severity);
  in.get_into(m.size);
  in.get_into(m.kind);
  if (m.severity > DriftSeverity::extreme || m.kind > DriftKind::burst) in.invalidate();
}

void put(ByteWriter& out, const Vote& m) {
  out.put(m.worker);
  out.put(m.poll);
  out.put(m.drifted);
}

void get(ByteReader& in, Vote& m) {
  in.get_into(m.worker);
  in.get_into(m.poll);
  m.drifted = in.get<std::uint8_t>() != 0;
}

void put(ByteWriter& out, const Round& m) {
  for (const auto value : {m.term, m.generation, m.round, m.version, m.poll}) out.put(value);
  m.clock.save(out);
  out.put(m.lr);
  out.put(m.sync);
  out.put<std::uint64_t>(m.orders.size());
  for (const auto& order : m.orders) {
    out.put(order.generation);
    out.put(order.restart);
    out.put(order.forget);
    out.put(order.for_all);
    out.put(order.worker);
  }
}

void get(ByteReader& in, Round& m) {
  for (auto* value : {&m.term, &m.generation, &m.round, &m.version, &m.poll}) in.get_into(*value);
  m.clock.load(in);
  in.get_into(m.lr);
  in.get_into(m.sync);
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    Order order;
    in.get_into(order.generation);
    order.restart = in.get<std::uint8_t>() != 0;
    in.get_into(order.forget);
    order.for_all = in.get<std::uint8_t>() != 0;
    in.get_into(order.worker);
    m.orders.push_back(order);
  }
}

void put(ByteWriter& out, const Model& m) {
  out.put(m.term);
  out.put(m.version);
  out.put<std::uint64_t>(m.settled.size());
  for (const auto& [worker, settled] : m.settled) {
    out.put(worker);
    out.put(settled.sequence);
    out.put(settled.version);
  }
  put_state(out, m.state, m.single_precision);
}

void get(StateReader& in, Model& m) {
  in.get_into(m.term);
  in.get_into(m.version);
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const auto worker = in.get<WorkerId>();
    auto& settled = m.settled[worker];
    in.get_into(settled.sequence);
    in.get_into(settled.version);
  }
  get_state(in, m.state, m.single_precision);
}

void put(ByteWriter& out, const std::optional<std::uint64_t>& value) {
  out.put(value.has_value());
  out.put(value.value_or(0));
}

void get(ByteReader& in, std::optional<std::uint64_t>& out) {
  const bool there = in.get<std::uint8_t>() != 0;
  const auto value = in.get<std::uint64_t>();
  out = there ? std::optional(value) : std::nullopt;
}

void put(ByteWriter& out, const WorkerRecord& m) {
  m.progress.save(out);
  put(out, m.errors);
  for (const auto value : {m.divergences, m.settled.sequence, m.settled.version, m.heard_round, m.alarm}) out.put(value);
  out.put(m.pace);
  put(out, m.local_incident);
}

void get(ByteReader& in, WorkerRecord& m) {
  m.progress.load(in);
  get(in, m.errors);
  for (auto* value : {&m.divergences, &m.settled.sequence, &m.settled.version, &m.heard_round, &m.alarm}) in.get_into(*value);
  in.get_into(m.pace);
  get(in, m.local_incident);
}

void put(ByteWriter& out, const Standing& m) {
  put(out, m.round);
  out.put<std::uint64_t>(m.workers.size());
  for (const auto& [worker, record] : m.workers) {
    out.put(worker);
    put(out, record);
  }
  out.put_array(m.rate);
  out.put_array(m.lengths);
  out.put(m.scale);
  out.put(m.live);
  out.put(m.begun);
  out.put(m.incidents);
  put(out, m.global_incident);
}

void get(ByteReader& in, Standing& m) {
  get(in, m.round);
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const auto worker = in.get<WorkerId>();
    get(in, m.workers[worker]);
  }
  m.rate = in.get_array<std::byte>();
  m.lengths = in.get_array<double>();
  in.get_into(m.scale);
  in.get_into(m.live);
  in.get_into(m.begun);
  in.get_into(m.incidents);
  get(in, m.global_incident);
}

template <std::size_t Kind = 0>
bool read_kind(std::size_t kind, StateReader& in, Message& out) {
  if constexpr (Kind < std::variant_size_v<Message>) {
    if (kind != Kind) return read_kind<Kind + 1>(kind, in, out);
    get(in, out.emplace<Kind>());
    return in.ok() && in.at_end();
  }
  return false;
}

}  // namespace

std::vector<std::byte> encode(const Message& message) {
  ByteWriter payload;
  std::visit([&](const auto& one) { put(payload, one); }, message);
  ByteWriter framed;
  framed.put(magic);
  framed.put(static_cast<std::uint8_t>(message.index()));
  framed.put_array(payload.bytes());
  framed.put(hash64(framed.bytes()));
  return {framed.bytes().begin(), framed.bytes().end()};
}

Result<Message> decode(std::span<const std::byte> bytes, std::uint64_t most_weights) {
  ByteReader in(bytes);
  if (in.get<std::uint32_t>() != magic) return fail(ErrorCode::data, "not a message of a rekindle group");
  const auto kind = in.get<std::uint8_t>();
  const auto payload = in.get_array<std::byte>();
  const auto checksum = in.get<std::uint64_t>();
  if (!in.ok() || !in.at_end()) return fail(ErrorCode::data, "a group's message of {} bytes is cut short", bytes.size());
  if (checksum != hash64(bytes.first(bytes.size() - sizeof checksum))) {
    return fail(ErrorCode::data, "a group's message of {} bytes is damaged", bytes.size());
  }
  StateReader inside{ByteReader(payload), most_weights};
  Message message;
  if (!read_kind(kind, inside, message)) return fail(ErrorCode::data, "a group's message of kind {} cannot be read", kind);
  return message;
}

}  // namespace rekindle::cluster
