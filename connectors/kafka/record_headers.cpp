#include "connectors/kafka/record_headers.hpp"

#include <charconv>

namespace rekindle::kafka {

std::vector<RecordHeader> headers_of(const rd_kafka_message_t* message) {
  std::vector<RecordHeader> all;
  rd_kafka_headers_t* headers = nullptr;  // The message's own.
  if (message == nullptr || rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return all;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    all.push_back({name, value == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(value), size)});
  }
  return all;
}

std::uint64_t number_in(const rd_kafka_message_t& message, const char* name) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  std::uint64_t number = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR || value == nullptr) return 0;
  const auto* text = static_cast<const char*>(value);
  std::from_chars(text, text + size, number);
  return number;
}

}  // namespace rekindle::kafka
