#include "connectors/kafka/state_records.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "connectors/kafka/record_headers.hpp"

namespace rekindle::kafka {

namespace {

// Below what a topic takes by default, with room for the key and the headers.
constexpr std::size_t piece_bytes = 900'000;
constexpr int state_partition = 0;
constexpr std::string_view piece_prefix = "piece/";

StateNumbers numbers_in(const rd_kafka_message_t& message) {
  return {number_in(message, "rekindle.sequence"), number_in(message, "rekindle.pieces"), number_in(message, "rekindle.bytes"),
          number_in(message, "rekindle.checksum")};
}

}  // namespace

// The name comes last: it may have any character.
std::string StateRecords::piece_key(std::size_t index) const { return fmt::format("{}{}/{}", piece_prefix, index, name_); }

void StateRecords::take(const rd_kafka_message_t& message) {
  const auto* value = static_cast<const std::byte*>(message.payload);
  take({static_cast<const char*>(message.key), message.key == nullptr ? 0 : message.key_len}, {value, message.len}, numbers_in(message));
}

void StateRecords::take(std::string_view key, std::span<const std::byte> value, const StateNumbers& numbers) {
  if (key == last_key()) {
    last_ = numbers;
    for (auto& [index, piece] : std::exchange(coming_, {})) read_[index] = std::move(piece);
    return;
  }
  if (!key.starts_with(piece_prefix) || !key.ends_with(name_)) return;
  std::size_t index = 0;
  const auto read = std::from_chars(key.data() + piece_prefix.size(), key.data() + key.size(), index);
  if (read.ec != std::errc() || key != piece_key(index)) return;  // Another's.
  coming_[index] = {numbers.sequence, {value.begin(), value.end()}};
}

Result<std::optional<StoredState>> StateRecords::whole() {
  coming_.clear();
  pieces_ = read_.empty() ? 0 : read_.rbegin()->first + 1;
  if (last_.sequence == 0) return std::nullopt;
  StoredState state{last_.sequence, {}};
  for (std::size_t i = 0; i < last_.pieces; ++i) {
    const auto piece = read_.find(i);
    if (piece == read_.end() || piece->second.sequence != last_.sequence)
      return fail(ErrorCode::data, "piece {} of {} of state {} is not there", i, last_.pieces, last_.sequence);
    state.bytes.insert(state.bytes.end(), piece->second.bytes.begin(), piece->second.bytes.end());
  }
  if (state.bytes.size() != last_.bytes || hash64(state.bytes) != last_.checksum)
    return fail(ErrorCode::data, "state {}: checksum does not match", last_.sequence);
  read_.clear();
  return state;
}

void StateRecords::add_to(OutputBatch& batch, std::uint64_t sequence, std::span<const std::byte> state) {
  const OutputHeader number{"rekindle.sequence", fmt::format("{}", sequence)};
  const auto checksum = hash64(state);
  const auto bytes = state.size();
  std::size_t count = 0;
  while (!state.empty()) {
    const auto piece = state.first(std::min(piece_bytes, state.size()));
    batch.add({topic_, piece_key(count++), text_of(piece), std::span(&number, 1), state_partition});
    state = state.subspan(piece.size());
  }
  for (std::size_t i = count; i < pieces_; ++i) batch.add({topic_, piece_key(i), {}, {}, state_partition});
  pieces_ = count;
  const std::vector<OutputHeader> headers = {number,
                                             {"rekindle.pieces", fmt::format("{}", count)},
                                             {"rekindle.bytes", fmt::format("{}", bytes)},
                                             {"rekindle.checksum", fmt::format("{}", checksum)}};
  batch.add({topic_, last_key(), "the pieces before belong together", headers, state_partition});
}

}  // namespace rekindle::kafka
