#include "connectors/registry/registered_schemas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "connectors/decode/wire_format.hpp"

namespace rekindle {

namespace {

using namespace std::chrono_literals;

constexpr auto first_pause = 250ms;
constexpr auto longest_pause = 10'000ms;
constexpr auto unknown_for = 60s;
constexpr std::size_t most_unknown = 10'000;

}  // namespace

RegisteredSchemas::RegisteredSchemas(RegistrySettings settings) : url_(settings.url), client_(std::move(settings)), pause_(first_pause) {
  unknown_.framed = true;
  unknown_.problem = "the registry does not know it";
}

bool RegisteredSchemas::attach(RawRecord& record) const {
  const auto id = schema_id(record.payload);
  if (record.schema != nullptr || !id || record.is_control()) return true;
  record.schema = find(*id);
  return record.schema != nullptr;
}

const WriterSchema* RegisteredSchemas::find(std::uint32_t id) const {
  if (const auto known = known_.find(id); known != known_.end()) return known->second.get();
  const auto unknown = unknown_since_.find(id);
  return unknown != unknown_since_.end() && Clock::now() - unknown->second < unknown_for ? &unknown_ : nullptr;
}

bool RegisteredSchemas::wait_for(const RawRecord& record, std::chrono::milliseconds patience) {
  const auto begun = Clock::now();
  if (!failing_since_) failing_since_ = begun;
  if (!asked_.valid()) {
    if (begun < next_try_) std::this_thread::sleep_for(std::min<Clock::duration>(patience, next_try_ - begun));
    if (Clock::now() < next_try_) return false;
    asked_id_ = *schema_id(record.payload);
    asked_ = std::async(std::launch::async, [this, id = asked_id_] { return client_.fetch(id, stopping_); });
  }
  if (asked_.wait_for(patience) != std::future_status::ready) return false;
  return take(asked_.get());
}

bool RegisteredSchemas::take(RegistryReply reply) {
  if (reply.kind == RegistryReply::Kind::failed) {
    next_try_ = Clock::now() + pause_;
    pause_ = std::min<std::chrono::milliseconds>(2 * pause_, longest_pause);
    problem_ = fmt::format("schema registry {}: {}", url_, reply.why);
    return false;
  }
  pause_ = first_pause;
  failing_since_.reset();
  problem_.clear();
  if (reply.kind == RegistryReply::Kind::schema) {
    known_[asked_id_] = std::make_unique<WriterSchema>(std::move(reply.schema));
    return true;
  }
  if (unknown_since_.size() >= most_unknown) unknown_since_.clear();
  unknown_since_[asked_id_] = Clock::now();
  return true;
}

void RegisteredSchemas::stop() {
  stopping_ = true;
  if (asked_.valid()) asked_.wait();
}

std::chrono::steady_clock::duration RegisteredSchemas::failing_for() const {
  return failing_since_ ? Clock::now() - *failing_since_ : Clock::duration::zero();
}

}  // namespace rekindle
