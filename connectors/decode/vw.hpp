// VwDecoder: one line of Vowpal Wabbit's text a record: label importance 'tag|namespace:scale feature:value ...
#pragma once

#include <memory>

#include "connectors/decode/decoder.hpp"

namespace rekindle {

// As VW reads it: a word that touches the first bar, or begins with ', is the tag, here the sample's id; a value left out
// is 1; `scale` multiplies the values of its namespace; no label says "not known yet": the sample is predicted and not
// learned. Names are hashed as by `--hash strings`, pairs of namespaces as by `-q`, into 2^hash_bits coordinates.
// Unlike VW: a value that is no number is a mistake, not a name of its own; a feature with the value 0 is there, with 0.
// `schema.features`, where it is given, lists the features that are taken, as "feature" or "namespace^feature".
[[nodiscard]] std::unique_ptr<Decoder> make_vw_decoder(const Schema& schema, const DecoderOptions& options);

}  // namespace rekindle
