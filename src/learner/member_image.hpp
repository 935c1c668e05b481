// MemberImage: a whole member as bytes, to go back to it later.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "learner/member.hpp"

namespace rekindle {

struct MemberImage {
  std::vector<std::byte> model;
  std::vector<std::byte> optimizer;
  std::vector<std::byte> rate;
  std::vector<std::byte> controls;

  [[nodiscard]] bool empty() const { return model.empty(); }
  [[nodiscard]] std::size_t bytes() const { return model.size() + optimizer.size() + rate.size() + controls.size(); }
  void save(ByteWriter& out) const;
  void load(ByteReader& in);
};

[[nodiscard]] MemberImage image_of(const Member& member);
// Into an image that is there already; its memory and the buffer's are used again.
void take_image(const Member& member, ByteWriter& buffer, MemberImage& out);

// `member` is new and of the same specification; false: the image does not fit it.
[[nodiscard]] bool revive(const MemberImage& image, Member& member, const StepClock& now);

}  // namespace rekindle
