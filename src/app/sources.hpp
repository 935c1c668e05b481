// What a configuration's [source] and [output] stand for, built; and a checkpoint of a learner at a position.
#pragma once

#include <memory>
#include <string>

#include "app/configuration.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/store.hpp"
#include "connectors/decode/decoder.hpp"
#include "connectors/registry/registered_schemas.hpp"
#include "connectors/sink.hpp"
#include "connectors/source.hpp"
#include "data/anchor.hpp"
#include "learner/learner.hpp"

namespace rekindle {

// What a Kafka client says, into the log; its levels are syslog's.
void log_client_line(int level, const std::string& line);

// `anchors`: of the records before the position, where a topic is read.
[[nodiscard]] std::unique_ptr<SampleSource> make_source(const Configuration& configuration, Anchors anchors = {});

// Those of the registry that a source names; null where it names none, or its records say themselves what they mean.
[[nodiscard]] std::unique_ptr<RegisteredSchemas> make_schemas(const SourceConfiguration& source);

// What is there now, in a consumer group of its own: with an end, and nothing committed.
[[nodiscard]] std::unique_ptr<SampleSource> make_topics_once(const Configuration& configuration);

// Those of the samples, then that of the labels where they have one.
[[nodiscard]] std::vector<std::string> topics_to_read(const Configuration& configuration);

// The same form of records, from a file that has an end: as they are, or in a recording of `record` or `kcat -J`. Labels that come later
// are in the recording, or in the file of `labels_of`.
[[nodiscard]] std::unique_ptr<SampleSource> make_recording(const SourceConfiguration& source, const Schema& schema,
                                                           const std::string& path);
// `source.labels_path`, or X.labels.jsonl beside X.jsonl where it is there; "" for none.
[[nodiscard]] std::string labels_of(const SourceConfiguration& source, const std::string& path);

[[nodiscard]] std::unique_ptr<Decoder> make_decoder(const SourceConfiguration& source, const Schema& schema);

// Null where unusable records go nowhere: a file, or on_error other than dead_letter.
[[nodiscard]] std::unique_ptr<DeadLetterSink> make_dead_letters(const Configuration& configuration);

// Opened and locked.
[[nodiscard]] Result<std::unique_ptr<CheckpointStore>> make_store(const Configuration& configuration);

// The newest checkpoint of a configuration's store, only to be looked at: a daemon may be at work on it.
[[nodiscard]] Result<std::optional<LoadedCheckpoint>> look_at_store(const Configuration& configuration);

// Where predictions and events go, sent at once.
[[nodiscard]] Result<std::unique_ptr<OutputSink>> make_output_sink(const Configuration& configuration);

[[nodiscard]] Checkpoint checkpoint_of(const Learner& learner, const Position& position, const std::string& configuration);

// As a part of a checkpoint beside the learner's own; none where an older rekindle wrote it.
[[nodiscard]] StateSection section_of(const Anchors& anchors);
[[nodiscard]] Anchors anchors_in(const std::vector<StateSection>& sections);

}  // namespace rekindle
