// LabelDecoder: records of two kinds, samples and the labels that come later, told apart by their topic.
#pragma once

#include <memory>
#include <string>

#include "connectors/decode/decoder.hpp"

namespace rekindle {

// What a record of the labels has of the samples' schema: the id, the label, and the time where one is named.
[[nodiscard]] Schema schema_of_labels(const Schema& samples);

// `labels`: of `schema_of_labels`, where a record without a label is a mistake. A label becomes a sample with nothing else.
[[nodiscard]] std::unique_ptr<Decoder> make_label_decoder(std::string labels_topic, std::unique_ptr<Decoder> samples,
                                                          std::unique_ptr<Decoder> labels);

}  // namespace rekindle
