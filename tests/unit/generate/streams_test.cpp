#include "connectors/generate/streams.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

TEST(LogisticStream, IsTheSameForTheSameSeed) {
  LogisticStream one({.seed = 5, .features = 3});
  LogisticStream other({.seed = 5, .features = 3});
  LogisticStream third({.seed = 6, .features = 3});
  int different = 0;
  for (int i = 0; i < 100; ++i) {
    one.next();
    other.next();
    third.next();
    EXPECT_EQ(one.values(), other.values());
    EXPECT_EQ(one.label(), other.label());
    different += one.values() != third.values() ? 1 : 0;
  }
  EXPECT_EQ(different, 100);
}

TEST(LogisticStream, TurnsEveryLabelAtAFlip) {
  LogisticStream plain({.seed = 5, .features = 3, .noise = 0});
  LogisticStream flipped({.seed = 5, .features = 3, .noise = 0, .drifts = {100}, .changed = {1}, .flip = true});
  for (int i = 0; i < 200; ++i) {
    plain.next();
    flipped.next();
    EXPECT_EQ(plain.values(), flipped.values());
    EXPECT_EQ(plain.label() == flipped.label(), i < 100) << i;
  }
}

TEST(LogisticStream, WritesItsSampleAsJson) {
  LogisticStream stream({.seed = 5, .features = 2});
  stream.next();
  std::string out;
  stream.append_json(out);
  EXPECT_EQ(out, fmt::format("{{\"x0\":{:.6g},\"x1\":{:.6g},\"y\":{}}}", stream.values()[0], stream.values()[1], stream.label()));
}

}  // namespace
}  // namespace rekindle
