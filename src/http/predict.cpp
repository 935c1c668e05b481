#include "http/predict.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/append_format.hpp"
#include "http/json_string.hpp"

namespace rekindle {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

void append_served(std::string& out, const ServedPrediction& served) {
  const auto& probabilities = served.prediction.probabilities;
  out += "{\"prediction\":";
  if (served.classes == nullptr) {
    append_json_number(out, served.prediction.value);
  } else {
    append_json_string(out, served.class_name);
    out += ",\"probabilities\":";
    const auto named = std::span(probabilities).first(std::min(probabilities.size(), served.classes->size()));
    append_json_numbers(out, named, [&](std::size_t i) -> std::string_view { return (*served.classes)[i]; });
  }
  append_format(out, ",\"model_version\":{}}}", served.model_version);
}

HttpResponse answer(std::string text) {
  text += '\n';
  return {.body = std::move(text), .allow = {}, .challenge = {}};
}

HttpResponse refused(const Error& error, std::optional<std::size_t> index) {
  const std::string where = index ? fmt::format("sample {}: ", *index) : "";
  if (error.code == ErrorCode::data) return error_response(400, where + error.message);
  if (error.code == ErrorCode::unavailable) return error_response(503, error.message);
  return error_response(500, error.message);
}

HttpResponse predict_array(const Predictor& predictor, std::string_view body) {
  const auto samples = split_array(body);
  if (!samples) return refused(samples.error(), {});
  std::string out = "[";
  for (std::size_t i = 0; i < samples->size(); ++i) {
    const auto served = predictor.predict((*samples)[i]);
    if (!served) return refused(served.error(), i);
    if (i > 0) out += ',';
    append_served(out, *served);
  }
  return answer(std::move(out += ']'));
}

// Steps over the inside of an array and knows whether it stands in a string or in a nested value.
class Scanner {
 public:
  // False when a bracket closes that was not open.
  bool step(char byte) {
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (byte == '\\') {
        escaped_ = true;
      } else if (byte == '"') {
        in_string_ = false;
      }
      return true;
    }
    if (byte == '"') in_string_ = true;
    if (byte == '[' || byte == '{') ++depth_;
    if (byte == ']' || byte == '}') --depth_;
    return depth_ >= 0;
  }
  [[nodiscard]] bool outside() const { return depth_ == 0 && !in_string_; }

 private:
  std::int64_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace

HttpResponse predict_response(const Predictor& predictor, std::string_view body) {
  body = trimmed(body);
  if (body.empty()) return error_response(400, "the body is empty: send one sample as a JSON object, or an array of them");
  if (body[0] == '[') return predict_array(predictor, body);
  const auto served = predictor.predict(body);
  if (!served) return refused(served.error(), {});
  std::string out;
  out.reserve(256);
  append_served(out, *served);
  return answer(std::move(out));
}

Result<std::vector<std::string_view>> split_array(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return fail(ErrorCode::data, "the array does not end");
  const std::string_view inside = trimmed(text.substr(1, text.size() - 2));
  std::vector<std::string_view> out;
  if (inside.empty()) return out;
  Scanner scanner;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= inside.size(); ++i) {
    const bool at_end = i == inside.size();
    if (at_end ? !scanner.outside() : !scanner.step(inside[i])) return fail(ErrorCode::data, "brackets do not match in the array");
    if (!at_end && !(inside[i] == ',' && scanner.outside())) continue;
    const auto element = trimmed(inside.substr(begin, i - begin));
    if (element.empty()) return fail(ErrorCode::data, "sample {}: nothing between two commas", out.size());
    if (out.size() == max_samples_per_request) return fail(ErrorCode::data, "more than {} samples in one request", max_samples_per_request);
    out.push_back(element);
    begin = i + 1;
  }
  return out;
}

}  // namespace rekindle
