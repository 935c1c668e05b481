#include "app/model_publisher.hpp"

#include <algorithm>
#include <utility>

#include "app/log.hpp"
#include "app/model_folder.hpp"
#include "connectors/kafka/model_topic.hpp"

namespace rekindle {

namespace {
constexpr double rest_factor = 20;
}

ModelPublisher::ModelPublisher(ModelOutput settings, std::string group) : settings_(std::move(settings)), group_(std::move(group)) {
  if (!settings_.folder.empty()) thread_ = std::thread([this] { work(); });
}

ModelPublisher::~ModelPublisher() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool ModelPublisher::due(const ModelStamp& now) const {
  if (!changed(now) || busy()) return false;
  if (last_.learner == nullptr) return true;
  const double since = seconds_since(published_);
  if (since < rest_factor * cost_seconds_) return false;
  return since >= settings_.every_seconds || (settings_.every_samples != 0 && now.samples - last_.samples >= settings_.every_samples);
}

OutputBatch ModelPublisher::publish(const ModelStamp& now, ModelOrigin origin, bool wait) {
  const auto start = steady_now();
  last_ = now;
  origin.version = now.samples;
  Job job{now.samples, encode_model(*now.learner, origin)};
  OutputBatch records;
  if (!settings_.topic.empty()) kafka::add_model(job.file, job.version, settings_.topic, group_, std::exchange(slot_, 1 - slot_), records);
  log_event(LogLevel::debug, "model_published", {{"version", job.version}, {"bytes", job.file.size()}});
  published_ = steady_now();
  cost_seconds_ = seconds_since(start);
  if (settings_.folder.empty()) return records;
  std::unique_lock lock(mutex_);
  if (wait) changed_.wait(lock, [&] { return !waiting_ && !writing_; });
  waiting_ = std::move(job);
  changed_.notify_all();
  if (wait) changed_.wait(lock, [&] { return !waiting_ && !writing_; });
  return records;
}

bool ModelPublisher::busy() const {
  const std::lock_guard lock(mutex_);
  return waiting_ || writing_;
}

std::string ModelPublisher::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void ModelPublisher::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || waiting_; });
    if (!waiting_) return;
    const auto job = *std::exchange(waiting_, std::nullopt);
    writing_ = true;
    lock.unlock();
    write(job);
    lock.lock();
    writing_ = false;
    changed_.notify_all();
  }
}

// The next one is tried as usual.
void ModelPublisher::write(const Job& job) {
  const auto status = write_model_file(real_file_system(), settings_.folder, job.version, job.file, settings_.keep);
  const std::lock_guard lock(mutex_);
  const auto problem = status ? "" : "model: " + status.error().message;
  if (problem != problem_ && !status) log_event(LogLevel::error, "model_not_written", {{"reason", status.error().message}});
  problem_ = problem;
}

}  // namespace rekindle
