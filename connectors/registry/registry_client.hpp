// RegistryClient: asks a schema registry, by Confluent's API, which others have too (Apicurio, Karapace, Redpanda).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "connectors/registry/registry_settings.hpp"
#include "connectors/writer_schema.hpp"

namespace rekindle {

struct RegistryReply {
  enum class Kind : std::uint8_t { schema, unknown, failed };
  Kind kind = Kind::failed;
  WriterSchema schema;  // Framed. With a `problem`, where the registry's schema is of no use.
  std::string why;      // Of `failed`, for people: worth another try.
};

class RegistryClient {
 public:
  // One at a time; each request ends within `longest_request` seconds, and soon after `stop`.
  static constexpr long longest_request = 10;
  explicit RegistryClient(RegistrySettings settings);
  ~RegistryClient();
  RegistryClient(const RegistryClient&) = delete;
  RegistryClient& operator=(const RegistryClient&) = delete;

  // The schema behind an id, with all that it imports.
  [[nodiscard]] RegistryReply fetch(std::uint32_t id, const std::atomic<bool>& stop);

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace rekindle
