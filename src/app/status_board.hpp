// StatusBoard: where the learner thread leaves the newest snapshot, and HTTP finds it.
#pragma once

#include <memory>
#include <mutex>

#include "data/status.hpp"

namespace rekindle {

class StatusBoard final : public StatusView {
 public:
  [[nodiscard]] std::shared_ptr<const StatusSnapshot> status() const override {
    const std::lock_guard lock(mutex_);
    return newest_;
  }
  void publish(std::shared_ptr<const StatusSnapshot> snapshot) {
    const std::lock_guard lock(mutex_);
    newest_ = std::move(snapshot);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const StatusSnapshot> newest_ = std::make_shared<StatusSnapshot>();
};

}  // namespace rekindle
