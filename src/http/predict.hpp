// POST /predict: predictions for one sample or an array of them, by the newest model.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/predictor.hpp"
#include "http/message.hpp"

namespace rekindle {

// One answer holds no more, so that a small body cannot ask for minutes of work.
inline constexpr std::size_t max_samples_per_request = 10'000;

// One object: {"prediction", "probabilities": {class: p}, "model_version"}; an array: an array of those, all or nothing.
[[nodiscard]] HttpResponse predict_response(const Predictor& predictor, std::string_view body);

// The text of each element of a JSON array, untouched: parsing and printing again could change a number's last bit. Only finds where
// elements end; whether each is valid is the predictor's to say. ErrorCode::data when this is no array.
[[nodiscard]] Result<std::vector<std::string_view>> split_array(std::string_view text);

}  // namespace rekindle
