// Replica: predicts with the models that a daemon elsewhere publishes; what `serve` starts. It learns nothing and writes nothing.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "app/clock.hpp"
#include "app/configuration.hpp"
#include "app/model_board.hpp"
#include "app/model_folder.hpp"
#include "app/published_model.hpp"
#include "app/service_manager.hpp"
#include "app/status_board.hpp"
#include "connectors/kafka/model_topic.hpp"
#include "http/server.hpp"
#include "metrics/replica_series.hpp"

namespace rekindle {

struct ReplicaOptions {
  std::string folder;               // Where models come from; "": from the topic.
  kafka::ModelTopicSettings topic;  // With its name.
  HttpConfiguration http;
  double max_age_seconds = 0;  // Not ready with a model that is older; 0: however old it is.
};

// One thread calls everything.
class Replica {
 public:
  explicit Replica(ReplicaOptions options);
  ~Replica();
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  // Listens, and connects to where the models come from; waits for nothing.
  [[nodiscard]] Status start();
  // Predicts until a signal says stop, with the newest model there is.
  [[nodiscard]] Status run();

 private:
  // What HTTP reads.
  struct View {
    std::optional<PublishedModel> model;  // Without the model itself.
    std::uint64_t loads = 0;
    std::uint64_t refusals = 0;
    std::string refused;  // The newest that could not be used, and why; "" when one after it could.
    std::string problem;  // Of where the models come from.
    bool connected = false;
  };

  [[nodiscard]] Status listen();
  [[nodiscard]] Status look();
  [[nodiscard]] Status look_in_folder();
  [[nodiscard]] Status look_in_topic();
  [[nodiscard]] bool take(std::string_view file, const std::string& where);
  void note(const std::string& problem, bool connected);
  [[nodiscard]] View view() const;
  [[nodiscard]] std::string source() const;

  // HTTP.
  [[nodiscard]] HttpResponse readiness() const;
  [[nodiscard]] HttpResponse status() const;
  [[nodiscard]] HttpResponse metrics() const;
  [[nodiscard]] std::vector<std::string> reasons(const View& view) const;

  ReplicaOptions options_;
  ModelFolder folder_;
  std::unique_ptr<kafka::ModelTopic> topic_;
  std::shared_ptr<ModelBoard> models_;
  std::shared_ptr<StatusBoard> board_ = std::make_shared<StatusBoard>();
  std::atomic<SteadyTime> last_look_;
  double started_seconds_ = 0;
  std::string refused_;  // Where the newest that was refused is.
  ServiceManager service_;
  mutable std::mutex mutex_;
  View view_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace rekindle
