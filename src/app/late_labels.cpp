#include "app/late_labels.hpp"

#include <filesystem>

namespace rekindle {

Result<SampleTarget> label_target(const SampleTarget& samples) {
  auto target = samples;
  if (!samples.brokers.empty()) {
    target.topic += ".labels";
    return target;
  }
  if (samples.path == "-") return fail(ErrorCode::usage, "label_delay wants a file or a topic: labels go to X.labels.jsonl beside X.jsonl");
  auto path = std::filesystem::path(samples.path);
  path.replace_extension(".labels" + path.extension().string());
  target.path = path.string();
  return target;
}

Status LateLabels::begin() { return json_ ? Status() : output_->write(late_csv_header()); }

Status LateLabels::add(std::uint64_t index, int label) {
  under_way_.push_back({index, label, index + delay_});
  return under_way_.size() < delay_ ? Status() : write_first();
}

Status LateLabels::finish() {
  while (!under_way_.empty()) {
    if (auto status = write_first(); !status) return status;
  }
  return output_->finish();
}

Status LateLabels::write_first() {
  text_.clear();
  if (json_) {
    append_json(under_way_.front(), text_);
  } else {
    append_csv(under_way_.front(), text_);
  }
  under_way_.pop_front();
  return output_->write(text_);
}

}  // namespace rekindle
