// What comes off a group's topics, whole messages or their payloads, to a leader, to whoever takes over from it, and to a worker.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/hash.hpp"
#include "tests/unit/cluster/parts.hpp"

namespace {

using rekindle::ByteReader;
using rekindle::ByteWriter;
namespace cluster = rekindle::cluster;
using Bytes = std::vector<std::byte>;

constexpr std::uint64_t most_weights = 1 << 16;

// With the magic number and the checksum that make it one of ours.
Bytes framed(std::uint8_t kind, const Bytes& payload) {
  static const auto ours = cluster::encode(cluster::Vote{});
  ByteWriter out;
  for (std::size_t i = 0; i < sizeof(std::uint32_t); ++i) out.put(ours[i]);
  out.put(kind);
  out.put_array(payload);
  out.put(rekindle::hash64(out.bytes()));
  return out.take();
}

// Two leaders may not differ in what they have read.
void expect_the_same_when_sent_on(const cluster::Message& message) {
  const auto bytes = cluster::encode(message);
  const auto again = cluster::decode(bytes, most_weights);
  if (!again || cluster::encode(*again) != bytes) std::abort();
}

const cluster::LeaderSettings settings{.sync_samples = 10, .parts = 1};

struct Group {
  cluster::Leader leader = cluster::test::leader_of(2, settings);
  cluster::test::CountingReplica replica;
  cluster::Worker worker{{.id = 1, .sync_samples = 10}, replica, leader.round()};
  std::optional<cluster::Standing> standing;

  void hear(const cluster::Message& message) {
    expect_the_same_when_sent_on(message);
    std::visit([this](const auto& one) { take(one); }, message);
    replica.learn(worker);
    for (const auto& said : leader.take_messages()) expect_the_same_when_sent_on(said);
    for (const auto& said : worker.take_messages()) expect_the_same_when_sent_on(said);
  }

 private:
  void take(const cluster::Publication& one) { leader.hear(one); }
  void take(const cluster::Evidence& one) { leader.hear(one); }
  void take(const cluster::Vote& one) { leader.hear(one); }
  void take(const cluster::Round& one) { worker.hear(one); }
  void take(const cluster::Standing& one) { standing = one; }
  void take(const cluster::Model& one) {
    worker.hear(one);
    if (!standing) return;
    auto next =
        cluster::Leader::take_over(settings, std::make_unique<cluster::test::FallingRate>(), *standing, one, standing->round.term + 1);
    if (next) leader = std::move(**next);
  }
};

}  // namespace

// The first byte of each part says what it is, two more how long: a payload of one of the six kinds, or a message as it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Group group;
  ByteReader in(std::as_bytes(std::span(data, size)));
  while (in.ok() && !in.at_end()) {
    const auto kind = in.get<std::uint8_t>();
    Bytes part(in.get<std::uint16_t>());
    for (auto& byte : part) byte = in.get<std::byte>();
    const auto message = cluster::decode(kind < std::variant_size_v<cluster::Message> ? framed(kind, part) : part, most_weights);
    if (message) group.hear(*message);
  }
  return 0;
}
