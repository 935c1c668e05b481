// RegisteredSchemas: what a schema registry knows by the ids that records begin with.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "connectors/registry/registry_client.hpp"
#include "connectors/registry/registry_settings.hpp"
#include "connectors/source.hpp"

namespace rekindle {

// Each id is asked for once, on a thread of its own; where the registry does not answer it is asked again, ever more rarely, up to every
// ten seconds. An id that it does not know gives a schema with a problem, and is asked for again after a minute. One thread calls.
class RegisteredSchemas {
 public:
  explicit RegisteredSchemas(RegistrySettings settings);
  ~RegisteredSchemas() { stop(); }
  RegisteredSchemas(const RegisteredSchemas&) = delete;
  RegisteredSchemas& operator=(const RegisteredSchemas&) = delete;

  // Gives a record its schema, which lives as long as this does; one that has one, or no frame, stays as it is. False: wait for it.
  [[nodiscard]] bool attach(RawRecord& record) const;
  // Asks for the schema that a record waits for, or goes on asking. True: there is an answer, `attach` has it.
  [[nodiscard]] bool wait_for(const RawRecord& record, std::chrono::milliseconds patience);
  void stop();

  // Why it is waited for; "": it is not.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::chrono::steady_clock::duration failing_for() const;

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] const WriterSchema* find(std::uint32_t id) const;
  bool take(RegistryReply reply);

  std::string url_;
  RegistryClient client_;
  WriterSchema unknown_;
  std::map<std::uint32_t, std::unique_ptr<WriterSchema>> known_;  // Decoders know them by their addresses.
  std::map<std::uint32_t, Clock::time_point> unknown_since_;
  std::atomic<bool> stopping_{false};
  std::future<RegistryReply> asked_;
  std::uint32_t asked_id_ = 0;
  Clock::time_point next_try_;
  std::chrono::milliseconds pause_;
  std::optional<Clock::time_point> failing_since_;
  std::string problem_;
};

}  // namespace rekindle
