#include "app/prediction_record.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/append_format.hpp"
#include "http/json_string.hpp"

namespace rekindle {

namespace {

// Classes are only added, but for the two of a binary task, whose names may be a guess at first.
bool same_classes(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  return one.size() == other.size() && (one.size() > 2 || one == other);
}

}  // namespace

void PredictionRecord::begin(const Learner* learner) {
  begun_ = learner != nullptr;
  if (!begun_) return;
  version_ = learner->counters().learned;
  if (!same_classes(classes_, learner->classes())) classes_ = learner->classes();
}

void PredictionRecord::finish(const RawRecord& record, std::string_view id, const Learner& learner) {
  if (!begun_) classes_ = learner.spec().schema.classes;
  key_.clear();
  append_format(key_, "{}/{}/{}", record.topic, record.partition, record.offset);
  value_ = "{";
  if (!learner.spec().schema.id.empty()) {
    value_ += "\"id\":";
    if (id.empty()) {
      value_ += "null";
    } else {
      append_json_string(value_, id);
    }
    value_ += ',';
  }
  append_prediction(learner);
  append_format(value_, ",\"model_version\":{},\"topic\":", version_);
  append_json_string(value_, record.topic);
  append_format(value_, ",\"partition\":{},\"offset\":{}}}", record.partition, record.offset);
}

void PredictionRecord::append_prediction(const Learner& learner) {
  const auto& prediction = learner.prediction();
  value_ += "\"prediction\":";
  if (!learner.spec().schema.is_classification()) {
    append_json_number(value_, prediction.value);
    return;
  }
  const auto& probabilities = prediction.probabilities;
  const bool binary = learner.spec().schema.task == Task::binary;
  if (classes_.empty() && !binary) {
    value_ += "null,\"probabilities\":{}";
    return;
  }
  append_json_string(value_, name_of(static_cast<std::size_t>(prediction.value), binary));
  value_ += ",\"probabilities\":";
  append_json_numbers(value_, probabilities, [&](std::size_t i) { return name_of(i, binary); });
}

// As POST /predict names them. A binary task that has not seen both classes yet predicts all the same.
std::string_view PredictionRecord::name_of(std::size_t index, bool binary) {
  if (index < classes_.size()) return classes_[index];
  if (binary && classes_.size() == 1) return "other";
  number_.clear();
  append_format(number_, "{}", index);
  return number_;
}

}  // namespace rekindle
