#include "app/sample_output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/signals.hpp"
#include "connectors/kafka/topic_producer.hpp"

namespace rekindle {

namespace {

constexpr std::string_view kafka_scheme = "kafka://";

class LineOutput final : public SampleOutput {
 public:
  LineOutput(std::FILE* file, std::string name) : file_(file), name_(std::move(name)) {}
  ~LineOutput() override {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  }
  LineOutput(const LineOutput&) = delete;
  LineOutput& operator=(const LineOutput&) = delete;

  Status write(std::string_view text) override {
    const bool written = std::fwrite(text.data(), 1, text.size(), file_) == text.size() && std::fputc('\n', file_) == '\n';
    return written ? Status() : failed();
  }
  Status flush() override { return std::fflush(file_) == 0 ? Status() : failed(); }
  Status finish() override {
    if (file_ == stdout) return flush();
    auto* const file = std::exchange(file_, nullptr);
    return std::fclose(file) == 0 ? Status() : failed();
  }

 private:
  Status failed() const { return fail(ErrorCode::io, "{}: {}", name_, std::strerror(errno)); }
  std::FILE* file_;
  std::string name_;
};

class TopicOutput final : public SampleOutput {
 public:
  TopicOutput(std::unique_ptr<kafka::TopicProducer> producer, std::string topic)
      : producer_(std::move(producer)), topic_(std::move(topic)) {}

  Status write(std::string_view text) override {
    kafka::TopicRecord record;
    record.topic = topic_;
    record.value = text;
    while (true) {
      const auto taken = producer_->try_produce(record);
      if (!taken) return tl::unexpected(taken.error());
      if (auto status = delivered(); !status || *taken || stop_signal() != 0) return status;
      (void)producer_->flush(std::chrono::milliseconds(10));
    }
  }
  Status flush() override {
    (void)producer_->flush(std::chrono::milliseconds(0));
    return delivered();
  }
  Status finish() override {
    while (producer_->outstanding() > 0 && stop_signal() == 0) {
      (void)producer_->flush(std::chrono::milliseconds(100));
      if (auto status = delivered(); !status) return status;
    }
    return delivered();
  }

 private:
  Status delivered() const {
    if (producer_->failed() == 0) return {};
    if (producer_->acknowledged() > 0) return fail(ErrorCode::io, "topic \"{}\": {}", topic_, producer_->last_failure());
    const auto problem = producer_->problem();
    return fail(ErrorCode::unavailable, "topic \"{}\": {}", topic_, problem.empty() ? producer_->last_failure() : problem);
  }
  std::unique_ptr<kafka::TopicProducer> producer_;
  std::string topic_;
};

Result<SampleTarget> parse_topic(std::string_view rest) {
  const auto slash = rest.find('/');
  SampleTarget target;
  target.json = true;
  target.brokers = rest.substr(0, slash);
  if (slash != std::string_view::npos) target.topic = rest.substr(slash + 1);
  if (target.brokers.empty() || target.topic.empty() || target.topic.find('/') != std::string::npos) {
    return fail(ErrorCode::usage, "--to: expected kafka://BROKERS/TOPIC, such as kafka://localhost:9092/samples, got \"{}{}\"",
                kafka_scheme, rest);
  }
  return target;
}

}  // namespace

std::string SampleTarget::name() const {
  if (!brokers.empty()) return fmt::format("topic \"{}\"", topic);
  return path == "-" ? "standard output" : path;
}

Result<SampleTarget> parse_sample_target(const std::string& to, const std::string& format) {
  if (to.starts_with(kafka_scheme)) {
    if (format == "csv") return fail(ErrorCode::usage, "--format csv: a topic takes JSON");
    return parse_topic(std::string_view(to).substr(kafka_scheme.size()));
  }
  const bool known = to == "-" || to.ends_with(".csv") || to.ends_with(".jsonl");
  if (!known && format.empty()) {
    return fail(ErrorCode::usage, "--to: expected a name that ends in .csv or .jsonl (or give --format csv or json), got \"{}\"", to);
  }
  SampleTarget target;
  target.path = to;
  target.json = format.empty() ? to.ends_with(".jsonl") : format == "json";
  return target;
}

Result<std::unique_ptr<SampleOutput>> open_sample_output(const SampleTarget& target) {
  if (!target.brokers.empty()) {
    auto producer = kafka::TopicProducer::make({target.brokers, {{"message.timeout.ms", "30000"}}, {}});
    if (!producer) return tl::unexpected(producer.error());
    return std::make_unique<TopicOutput>(*std::move(producer), target.topic);
  }
  if (target.path == "-") return std::make_unique<LineOutput>(stdout, target.name());
  auto* file = std::fopen(target.path.c_str(), "we");
  if (file == nullptr) return fail(ErrorCode::io, "{}: {}", target.path, std::strerror(errno));
  return std::make_unique<LineOutput>(file, target.path);
}

Status write_file(const std::string& path, std::string_view text) {
  auto* file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return fail(ErrorCode::io, "{}: {}", path, std::strerror(errno));
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) != 0 || !written) return fail(ErrorCode::io, "{}: {}", path, std::strerror(errno));
  return {};
}

}  // namespace rekindle
