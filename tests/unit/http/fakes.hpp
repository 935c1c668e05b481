// A daemon of cardboard for the HTTP tests: a status that tests set, and a predictor that answers by what it is sent.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "data/predictor.hpp"
#include "data/status.hpp"
#include "http/server.hpp"

namespace rekindle {

class FakeStatus : public StatusView {
 public:
  [[nodiscard]] std::shared_ptr<const StatusSnapshot> status() const override {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }
  void set(std::shared_ptr<const StatusSnapshot> snapshot) {
    const std::lock_guard lock(mutex_);
    snapshot_ = std::move(snapshot);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const StatusSnapshot> snapshot_;
};

// {"bad"...} cannot be decoded, anything else is "yes" with 0.75 (or 2.5, for regression).
class FakePredictor : public Predictor {
 public:
  explicit FakePredictor(bool regression = false) : regression_(regression) {}
  [[nodiscard]] std::vector<InputWeight> strongest() const override { return {{"x", 2, {-2}}}; }
  [[nodiscard]] Result<ServedPrediction> predict(std::string_view json) const override {
    if (!has_model) return fail(ErrorCode::unavailable, "there is no model yet");
    if (!json.starts_with('{')) return fail(ErrorCode::data, "not an object");
    if (json.find("bad") != std::string_view::npos) return fail(ErrorCode::data, "field \"x\": not a number");
    ServedPrediction served;
    served.model_version = 42;
    served.prediction.value = regression_ ? 2.5 : 1;
    if (regression_) return served;
    served.prediction.probabilities = {0.25, 0.75};
    served.class_name = "yes";
    served.classes = std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"no", "yes"});
    return served;
  }

  std::atomic<bool> has_model = true;

 private:
  bool regression_;
};

// Everything a server needs; tests change what they are about, then start.
struct FakeDaemon {
  FakeDaemon() {
    snapshot.version = "0.1.0";
    snapshot.commit = "abc1234";
    snapshot.learner.lr = 0.1;
    settings.listen = "127.0.0.1:0";
    publish();
    services.status = status;
    services.metrics = [](const StatusSnapshot& from) { return "lr " + std::to_string(from.learner.lr) + "\n"; };
    services.alive = [this] { return alive.load(); };
    services.predictor = predictor;
  }
  void publish() { status->set(std::make_shared<const StatusSnapshot>(snapshot)); }

  StatusSnapshot snapshot;
  std::atomic<bool> alive = true;
  std::shared_ptr<FakeStatus> status = std::make_shared<FakeStatus>();
  std::shared_ptr<FakePredictor> predictor = std::make_shared<FakePredictor>();
  HttpSettings settings;
  HttpServices services;
};

}  // namespace rekindle
