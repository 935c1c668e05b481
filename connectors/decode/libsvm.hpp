// LibsvmDecoder: one line of LibSVM's text a record: label index:value index:value ... # comment
#pragma once

#include <memory>

#include "connectors/decode/decoder.hpp"

namespace rekindle {

// An index is taken as it is, from 0 or from 1, modulo 2^hash_bits. A line that begins with index:value has no label: the
// sample is predicted and not learned. `schema.features`, where it is given, lists the indexes that are taken.
[[nodiscard]] std::unique_ptr<Decoder> make_libsvm_decoder(const Schema& schema, const DecoderOptions& options);

}  // namespace rekindle
