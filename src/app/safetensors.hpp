// Safetensors: weights in the file form that torch's users exchange them in (huggingface/safetensors, its README's format).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/model.hpp"

namespace rekindle {

inline constexpr std::size_t longest_safetensors_header = 100'000'000;  // As in huggingface/safetensors.
inline constexpr std::size_t most_tensors = 1000;
inline constexpr std::size_t longest_weights_file = std::size_t{1} << 30U;

// Tensors of type F32 or F64 with one or two dimensions, in the order of the file. Never trusts a length, a count or an
// offset: they must cover the data exactly, without hole or overlap. The error (ErrorCode::data) names the tensor.
[[nodiscard]] Result<std::vector<NamedTensor>> decode_safetensors(std::string_view file);

// The texts beside them; none where there are none.
[[nodiscard]] std::map<std::string, std::string> safetensors_metadata(std::string_view file);

// As F32 where `single`, else F64; `metadata` are texts beside them.
[[nodiscard]] std::string encode_safetensors(std::span<const NamedTensor> tensors, bool single,
                                             const std::map<std::string, std::string>& metadata);

// The whole file, at most `longest_weights_file` bytes. ErrorCode::io where it cannot be read, ErrorCode::data where it is longer.
[[nodiscard]] Result<std::string> read_weights_file(const std::string& path);

}  // namespace rekindle
