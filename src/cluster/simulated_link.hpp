// SimulatedLink: the way of messages in a simulated group, with delays, losses and doubles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "base/random.hpp"

namespace rekindle::cluster {

struct NetworkFaults {
  double delay = 0;      // Mean, in ticks; each is drawn between 0 and twice that, so messages overtake each other.
  double loss = 0;       // Probability that a message never arrives.
  double duplicate = 0;  // That it arrives a second time, later.
};

// One direction between two parties. Messages are bytes, so that what is counted is what would be sent.
class SimulatedLink {
 public:
  SimulatedLink(NetworkFaults faults, std::uint64_t seed) : faults_(faults), random_(seed) {}

  using Bytes = std::shared_ptr<const std::vector<std::byte>>;
  void send(double now, Bytes message);
  // What has arrived by `now`, in the order of arrival.
  [[nodiscard]] std::vector<Bytes> receive(double now);
  [[nodiscard]] bool empty() const { return under_way_.empty(); }
  void drop_all() { under_way_.clear(); }

 private:
  void put_under_way(double now, const Bytes& message);
  NetworkFaults faults_;
  Random random_;
  std::multimap<double, Bytes> under_way_;  // By the tick of arrival; equal ones in the order of sending.
};

}  // namespace rekindle::cluster
