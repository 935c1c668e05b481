// PredictionRecord: what the topic of predictions gets for a sample, as text in buffers that are reused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/source.hpp"
#include "learner/learner.hpp"

namespace rekindle {

class PredictionRecord {
 public:
  // Before the sample is taken: what the model is at its prediction. Null: there is none yet.
  void begin(const Learner* learner);

  // After it was taken.
  //   key    TOPIC/PARTITION/OFFSET: of the sample, so that readers know one that comes twice
  //   value  {"id","prediction","probabilities":{class: p},"model_version","topic","partition","offset"}
  void finish(const RawRecord& record, std::string_view id, const Learner& learner);

  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] const std::string& value() const { return value_; }

 private:
  void append_prediction(const Learner& learner);
  [[nodiscard]] std::string_view name_of(std::size_t index, bool binary);

  bool begun_ = false;  // There was a learner before the sample.
  std::uint64_t version_ = 0;
  std::vector<std::string> classes_;  // As they were before the sample, which may have brought one.
  std::string key_;
  std::string value_;
  std::string number_;
};

}  // namespace rekindle
