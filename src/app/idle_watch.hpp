// IdleWatch: tells the silence of a topic that is at its end from a hang.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/clock.hpp"
#include "data/status.hpp"

namespace rekindle {

class IdleWatch {
 public:
  // What to log: once in each silence of more than half a minute, where the source has nothing more to give.
  [[nodiscard]] std::optional<std::string> look(std::uint64_t taken, const SourceStatus& source, SteadyTime now) {
    if (taken != taken_ || !begun_) {
      taken_ = taken;
      since_ = now;
      begun_ = true;
      said_ = false;
    }
    if (said_ || !source.connected || !source.caught_up || now - since_ < std::chrono::seconds(30)) return std::nullopt;
    said_ = true;
    return source.type == "kafka" ? "nothing to learn for 30 s: the topic is at its end (lag 0)"
                                  : "nothing to learn for 30 s: the " + source.type + " is at its end";
  }

 private:
  std::uint64_t taken_ = 0;
  SteadyTime since_{};
  bool begun_ = false;
  bool said_ = false;
};

}  // namespace rekindle
