#include "app/one_shot.hpp"

#include "app/clock.hpp"
#include "app/signals.hpp"
#include "connectors/kafka/kafka_source.hpp"

namespace rekindle {

namespace {

constexpr double connected_within = 10;  // Seconds.
constexpr double first_record_within = 60;

// Why nothing can be read yet, once waiting longer is no use.
Status check_connection(const SampleSource& source, double waited) {
  SourceStatus status;
  source.report({}, status);
  const bool nothing = status.connected && !status.problem.empty() && status.partitions.empty();
  if (nothing || (!status.connected && waited > connected_within)) {
    const std::string_view end = "; retrying";  // What a daemon does.
    auto problem = status.problem;
    if (const auto at = problem.find(end); at != std::string::npos) problem.erase(at, end.size());
    return fail(ErrorCode::unavailable, "{}", problem);
  }
  if (waited > first_record_within) return fail(ErrorCode::unavailable, "no record came within {} s", first_record_within);
  return {};
}

}  // namespace

std::unique_ptr<SampleSource> make_one_shot_source(kafka::KafkaSourceSettings settings) {
  settings.group += "-once";
  settings.stop_at_end = true;
  return kafka::make_kafka_source(std::move(settings));
}

Status read_once(SampleSource& source, const std::function<Result<bool>(const RawRecord&)>& take) {
  const auto start = steady_now();
  bool any = false;
  while (true) {
    if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted");
    const auto polled = source.poll(std::chrono::milliseconds(100));
    if (!polled) return tl::unexpected(polled.error());
    for (const auto& record : polled->records) {
      const auto more = take(record);
      if (!more) return tl::unexpected(more.error());
      if (!*more) return {};
    }
    any = any || !polled->records.empty();
    if (polled->at_end) return {};
    if (any) continue;
    if (auto status = check_connection(source, seconds_since(start)); !status) return status;
  }
}

}  // namespace rekindle
