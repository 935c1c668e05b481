#include "cluster/simulated_link.hpp"

namespace rekindle::cluster {

void SimulatedLink::send(double now, Bytes message) {
  if (random_.uniform() < faults_.loss) return;
  const bool twice = random_.uniform() < faults_.duplicate;
  put_under_way(now, message);
  if (twice) put_under_way(now + 1, message);
}

void SimulatedLink::put_under_way(double now, const Bytes& message) {
  under_way_.emplace(now + 2 * faults_.delay * random_.uniform(), message);
}

std::vector<SimulatedLink::Bytes> SimulatedLink::receive(double now) {
  std::vector<Bytes> out;
  while (!under_way_.empty() && under_way_.begin()->first <= now) {
    out.push_back(std::move(under_way_.begin()->second));
    under_way_.erase(under_way_.begin());
  }
  return out;
}

}  // namespace rekindle::cluster
