// SourceReader: drives a Kafka source for a test the way the learner does, keeping copies of what came.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connectors/kafka/kafka_source.hpp"

namespace rekindle::system_test {

struct TakenRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string value;
  bool operator==(const TakenRecord&) const = default;
};

class SourceReader {
 public:
  explicit SourceReader(kafka::KafkaSourceSettings settings, const Position& position = {})
      : source_(kafka::make_kafka_source(std::move(settings))) {
    const auto opened = source_->open(position);
    if (!opened) error_ = opened.error();
  }

  // Polls until there are so many records in all, or the condition holds, or an error comes; at most half a minute.
  bool read(std::size_t count) {
    return read_until([&] { return records_.size() >= count; });
  }
  bool read_until(const std::function<bool()>& done, std::chrono::milliseconds patience = std::chrono::seconds(30)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!done() && error_.message.empty() && std::chrono::steady_clock::now() < deadline) poll();
    return done();
  }

  [[nodiscard]] SourceStatus report() const {
    SourceStatus status;
    source_->report(position_, status);
    return status;
  }
  [[nodiscard]] SampleSource& source() { return *source_; }
  [[nodiscard]] const std::vector<TakenRecord>& records() const { return records_; }
  [[nodiscard]] const Position& position() const { return position_; }
  [[nodiscard]] const Error& error() const { return error_; }  // Its message is empty while there is none.
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  void poll() {
    const auto polled = source_->poll(std::chrono::milliseconds(50));
    if (!polled) {
      error_ = polled.error();
      return;
    }
    for (const auto& started : polled->started) position_.set(started.topic, started.partition, started.next);
    for (const auto& record : polled->records) {
      records_.push_back({record.partition, record.offset, std::string(record.payload)});
      position_.set(record.topic, record.partition, record.offset + 1);
    }
    at_end_ = polled->at_end;
  }

  std::unique_ptr<SampleSource> source_;
  std::vector<TakenRecord> records_;
  Position position_;
  Error error_;
  bool at_end_ = false;
};

}  // namespace rekindle::system_test
