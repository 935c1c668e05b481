// Configuration: one rekindle configuration after every check, as the program uses it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/parameters.hpp"
#include "connectors/generate/drifting.hpp"
#include "connectors/kafka/kafka_settings.hpp"
#include "connectors/registry/registry_settings.hpp"
#include "connectors/writer_schema.hpp"
#include "http/tls.hpp"
#include "learner/spec.hpp"

namespace rekindle {

enum class SourceType : std::uint8_t { kafka, file, generate };
enum class OnLag : std::uint8_t { learn_all, learn_1_in_k, skip_to_latest };
enum class OnError : std::uint8_t { dead_letter, skip, stop };

// "5% of 1000": at most this share of the last `window` records may be unusable.
struct ErrorLimit {
  double share = 0.05;
  std::uint64_t window = 1000;
};

struct SourceConfiguration {
  SourceType type = SourceType::kafka;
  std::string path;
  std::string format = "json";
  char delimiter = ',';
  bool header = true;
  bool follow = false;
  Choice<GeneratorRow> generator;  // With SourceType::generate, as is `samples`.
  std::uint64_t samples = 100'000;
  OnLag on_lag = OnLag::learn_all;
  std::int64_t lag_limit = 1'000'000;
  std::int64_t lag_k = 10;
  OnError on_error = OnError::dead_letter;
  ErrorLimit on_error_limit;
  std::int64_t max_record_bytes = 1'048'576;
  bool control = false;                        // Records with a `rekindle.control` header are commands.
  std::string labels_topic;                    // Of labels that come later; "": they come with the samples.
  std::string labels_path;                     // A file that stands for it.
  bool label_may_be_absent = false;            // Predictions are asked for: a record without its label field is one to predict.
  unsigned hash_bits = 18;                     // Of a record that names its own features.
  std::vector<std::string> interactions;       // Pairs of VW namespaces.
  std::shared_ptr<const WriterSchema> schema;  // Of records that come without one; null: they come with one, or need none.
  RegistrySettings registry;
};

struct CheckpointConfiguration {
  std::string directory = "state";
  double every_seconds = 10;
  std::uint64_t every_samples = 0;
  int keep = 3;
  bool journal = true;
  bool in_kafka = false;
  std::string topic = "rekindle-state";  // With `in_kafka`.
};

// The model itself, every so often.
struct ModelOutput {
  std::string topic;  // One of the two; both "": it is not written.
  std::string folder;
  double every_seconds = 10;
  std::uint64_t every_samples = 0;  // 0: by time only.
  int keep = 3;                     // Files in the folder.
  [[nodiscard]] bool wanted() const { return !topic.empty() || !folder.empty(); }
};

struct OutputConfiguration {
  std::string predictions;  // A topic; "": they are not written. So is the next.
  std::string events;
  ModelOutput model;
  bool exactly_once = false;
};

struct HttpConfiguration {
  std::string listen = "127.0.0.1:9464";
  std::string token_file;  // "" = none; so for the next two.
  std::string tls_certificate;
  std::string tls_key;
  std::string token;               // What the file held; "" = none.
  std::optional<TlsIdentity> tls;  // Likewise.
  std::uint64_t max_body_bytes = 1'048'576;
  std::uint64_t max_connections = 256;
};

// Several workers as one learner.
struct ClusterConfiguration {
  bool group = false;  // cluster.mode
  std::uint64_t sync_samples = 5000;
  std::uint64_t max_staleness = 2;
  std::string scale_lr = "none";  // learner.scale_lr: what it does for a batch's size it does for the number of workers.
};

struct Configuration {
  std::uint64_t seed = 42;
  std::string log_level = "info";
  std::string log_format = "logfmt";
  std::int64_t memory_limit = std::int64_t{2} << 30;
  SourceConfiguration source;
  kafka::KafkaSourceSettings kafka;
  LearnerSpec learner;
  CheckpointConfiguration checkpoint;
  HttpConfiguration http;
  std::string dead_letter_topic;
  OutputConfiguration output;
  ClusterConfiguration cluster;
  bool embedded_kafka = false;  // The brokers are the mock cluster of this process.
  std::string file;             // As it was named.
  Table given;                  // What it was read from, flags and environment included.
  std::string text;             // The effective configuration as TOML, secrets left out.
};

// Where values come from, in the order of their force: flags, environment, file, defaults.
struct ConfigurationInput {
  std::string file;
  std::vector<std::pair<std::string, std::string>> flags;  // --set key=value
  std::map<std::string, std::string> environment;          // REKINDLE__SECTION__KEY, whole names
};

// All mistakes at once; the result may be used only when `diagnostics` has no error.
[[nodiscard]] Configuration load_configuration(const ConfigurationInput& input, Diagnostics& diagnostics);

// The same from a table that is already there (`demo`).
[[nodiscard]] Configuration check_configuration(const Table& table, const std::string& file, Diagnostics& diagnostics);

}  // namespace rekindle
