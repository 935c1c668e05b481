#include "connectors/decode/label_decoder.hpp"

#include <utility>

namespace rekindle {

namespace {

class LabelDecoder final : public Decoder {
 public:
  LabelDecoder(std::string labels_topic, std::unique_ptr<Decoder> samples, std::unique_ptr<Decoder> labels)
      : labels_topic_(std::move(labels_topic)), samples_(std::move(samples)), labels_(std::move(labels)) {
    labels_->set_layout({});
  }

  [[nodiscard]] std::optional<std::vector<std::string>> discover(const RawRecord& record, Rejection& why) override {
    return samples_->discover(record, why);
  }
  void set_layout(std::vector<std::string> features) override { samples_->set_layout(std::move(features)); }
  [[nodiscard]] bool decode(const RawRecord& record, Sample& sample, Rejection& why) override {
    return (is_label(record) ? labels_ : samples_)->decode(record, sample, why);
  }
  [[nodiscard]] bool is_label(const RawRecord& record) const override { return record.topic == labels_topic_; }

 private:
  std::string labels_topic_;
  std::unique_ptr<Decoder> samples_;
  std::unique_ptr<Decoder> labels_;
};

}  // namespace

Schema schema_of_labels(const Schema& samples) {
  Schema schema;
  schema.task = samples.task;
  schema.label = samples.label;
  schema.classes = samples.classes;
  schema.max_classes = samples.max_classes;
  schema.id = samples.id;
  schema.time = samples.time;
  return schema;
}

std::unique_ptr<Decoder> make_label_decoder(std::string labels_topic, std::unique_ptr<Decoder> samples, std::unique_ptr<Decoder> labels) {
  return std::make_unique<LabelDecoder>(std::move(labels_topic), std::move(samples), std::move(labels));
}

}  // namespace rekindle
