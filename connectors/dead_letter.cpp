#include "connectors/dead_letter.hpp"

#include <fmt/format.h>

namespace rekindle {

std::vector<OutputHeader> dead_letter_headers(const RawRecord& record, std::span<const RecordHeader> headers, const Rejection& rejection) {
  std::vector<OutputHeader> all;
  for (const auto& [name, value] : headers) {
    all.push_back({std::string(name), value.data() == nullptr ? std::nullopt : std::optional<std::string>(value)});
  }
  const auto detail = rejection.field.empty() ? rejection.detail : fmt::format("{}: {}", rejection.field, rejection.detail);
  all.push_back({"rekindle.error.topic", std::string(record.topic)});
  all.push_back({"rekindle.error.partition", std::to_string(record.partition)});
  all.push_back({"rekindle.error.offset", std::to_string(record.offset)});
  all.push_back({"rekindle.error.reason", std::string(to_string(rejection.reason))});
  all.push_back({"rekindle.error.detail", detail});
  return all;
}

}  // namespace rekindle
