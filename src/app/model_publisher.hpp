// ModelPublisher: when the daemon's model is published, and how it gets into a folder without the learner waiting for the disk.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/clock.hpp"
#include "app/configuration.hpp"
#include "app/model_stamp.hpp"
#include "app/published_model.hpp"
#include "data/output.hpp"

namespace rekindle {

// The learner thread calls everything.
class ModelPublisher {
 public:
  ModelPublisher(ModelOutput settings, std::string group);
  ~ModelPublisher();
  ModelPublisher(const ModelPublisher&) = delete;
  ModelPublisher& operator=(const ModelPublisher&) = delete;

  // Whether it is another model than was published last.
  [[nodiscard]] bool changed(const ModelStamp& now) const { return settings_.wanted() && now != last_; }
  // Whether it is time, too. Making a model's file takes at most 5 % of the learner's time: a large one is published less often.
  [[nodiscard]] bool due(const ModelStamp& now) const;
  // For a topic the records that are to be sent. A file is written by a thread of its own, where `wait` is not set.
  [[nodiscard]] OutputBatch publish(const ModelStamp& now, ModelOrigin origin, bool wait);
  // Why the newest is not in its folder, or "".
  [[nodiscard]] std::string problem() const;

 private:
  struct Job {
    std::uint64_t version = 0;
    std::string file;
  };
  void work();
  void write(const Job& job);
  [[nodiscard]] bool busy() const;

  const ModelOutput settings_;
  const std::string group_;
  ModelStamp last_;  // What was published; without a learner: nothing yet.
  SteadyTime published_;
  double cost_seconds_ = 0;
  unsigned slot_ = 0;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::optional<Job> waiting_;
  bool writing_ = false;
  bool stopping_ = false;
  std::string problem_;
  std::thread thread_;  // For a folder only.
};

}  // namespace rekindle
