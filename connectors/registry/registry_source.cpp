#include "connectors/registry/registry_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>
#include <vector>

#include "connectors/decode/wire_format.hpp"
#include "connectors/registry/registry_client.hpp"

namespace rekindle {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto first_pause = 250ms;
constexpr auto longest_pause = 10'000ms;
constexpr auto unknown_for = 60s;
constexpr std::size_t most_unknown = 10'000;

// The schemas by their ids, and the thread that asks for one.
class Registered {
 public:
  explicit Registered(RegistrySettings settings) : url_(settings.url), client_(std::move(settings)) {
    unknown_.framed = true;
    unknown_.problem = "the registry does not know it";
  }
  ~Registered() { stop(); }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;

  // Null: it must be waited for.
  [[nodiscard]] const WriterSchema* find(std::uint32_t id) const {
    if (const auto known = known_.find(id); known != known_.end()) return known->second.get();
    const auto unknown = unknown_since_.find(id);
    return unknown != unknown_since_.end() && Clock::now() - unknown->second < unknown_for ? &unknown_ : nullptr;
  }

  // Asks, or goes on asking. True: there is an answer, `find` has it.
  [[nodiscard]] bool wait_for(std::uint32_t id, std::chrono::milliseconds patience) {
    const auto begun = Clock::now();
    if (!failing_since_) failing_since_ = begun;
    if (!asked_.valid()) {
      if (begun < next_try_) std::this_thread::sleep_for(std::min<Clock::duration>(patience, next_try_ - begun));
      if (Clock::now() < next_try_) return false;
      asked_id_ = id;
      asked_ = std::async(std::launch::async, [this, id] { return client_.fetch(id, stopping_); });
    }
    if (asked_.wait_for(patience) != std::future_status::ready) return false;
    return take(asked_.get());
  }

  void stop() {
    stopping_ = true;
    if (asked_.valid()) asked_.wait();
  }

  // Why it is waited for; "": it is not.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] Clock::duration failing_for() const { return failing_since_ ? Clock::now() - *failing_since_ : Clock::duration::zero(); }

 private:
  bool take(RegistryReply reply) {
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

  std::string url_;
  RegistryClient client_;
  WriterSchema unknown_;
  std::map<std::uint32_t, std::unique_ptr<WriterSchema>> known_;  // Decoders know them by their addresses.
  std::map<std::uint32_t, Clock::time_point> unknown_since_;
  std::atomic<bool> stopping_{false};
  std::future<RegistryReply> asked_;
  std::uint32_t asked_id_ = 0;
  Clock::time_point next_try_;
  std::chrono::milliseconds pause_ = first_pause;
  std::optional<Clock::time_point> failing_since_;
  std::string problem_;
};

class RegistrySource final : public SampleSource {
 public:
  RegistrySource(std::unique_ptr<SampleSource> source, RegistrySettings settings, std::optional<std::chrono::seconds> give_up)
      : source_(std::move(source)), schemas_(std::move(settings)), give_up_(give_up) {}

  [[nodiscard]] Status open(const Position& position) override {
    records_.clear();
    given_ = 0;
    return source_->open(position);
  }

  [[nodiscard]] Result<PollResult> poll(std::chrono::milliseconds patience) override {
    PollResult out;
    if (given_ == records_.size()) {
      const auto polled = source_->poll(patience);
      if (!polled) return polled;
      records_.assign(polled->records.begin(), polled->records.end());
      given_ = 0;
      at_end_ = polled->at_end;
      out.started = polled->started;
    }
    const auto first = given_;
    while (given_ < records_.size() && attach(records_[given_])) ++given_;
    if (given_ == first && given_ < records_.size()) {
      if (schemas_.wait_for(*schema_id(records_[given_].payload), patience)) {
        while (given_ < records_.size() && attach(records_[given_])) ++given_;
      } else if (give_up_ && schemas_.failing_for() > *give_up_ && !schemas_.problem().empty()) {
        return fail(ErrorCode::unavailable, "{}", schemas_.problem());
      }
    }
    out.records = std::span(records_).subspan(first, given_ - first);
    out.at_end = at_end_ && given_ == records_.size();
    return out;
  }

  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& record) const override { return source_->headers_of(record); }
  void commit_for_lag_tools(const Position& position) override { source_->commit_for_lag_tools(position); }

  void report(const Position& learned, SourceStatus& out) const override {
    source_->report(learned, out);
    out.waiting = schemas_.problem();
  }

  void close() override {
    schemas_.stop();
    source_->close();
  }

 private:
  // False: its schema must be waited for.
  bool attach(RawRecord& record) const {
    const auto id = schema_id(record.payload);
    if (record.schema != nullptr || !id || record.is_control()) return true;
    record.schema = schemas_.find(*id);
    return record.schema != nullptr;
  }

  std::unique_ptr<SampleSource> source_;
  Registered schemas_;
  std::optional<std::chrono::seconds> give_up_;
  std::vector<RawRecord> records_;  // Of the last poll; the first `given_` were given out.
  std::size_t given_ = 0;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<SampleSource> make_registry_source(std::unique_ptr<SampleSource> source, RegistrySettings settings,
                                                   std::optional<std::chrono::seconds> give_up) {
  return std::make_unique<RegistrySource>(std::move(source), std::move(settings), give_up);
}

}  // namespace rekindle
