// The forms of a record, one row each.
#pragma once

#include <memory>
#include <span>

#include "base/registry.hpp"
#include "connectors/decode/decoder.hpp"

namespace rekindle {

using DecoderFactory = std::unique_ptr<Decoder> (*)(const Schema&, const DecoderOptions&);
using FormatRow = RegistryRow<DecoderFactory>;

// The parameters of a row are keys of `[source]`.
[[nodiscard]] std::span<const FormatRow> formats();

}  // namespace rekindle
