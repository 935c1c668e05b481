#include "learner/member_image.hpp"

namespace rekindle {

namespace {

template <class Write>
void write_part(ByteWriter& buffer, std::vector<std::byte>& part, Write write) {
  buffer.clear();
  write();
  part.assign(buffer.bytes().begin(), buffer.bytes().end());
}

template <class Load>
bool all_of(const std::vector<std::byte>& bytes, Load load) {
  ByteReader in(bytes);
  load(in);
  return in.ok() && in.at_end();
}

}  // namespace

void MemberImage::save(ByteWriter& out) const {
  for (const auto* part : {&model, &optimizer, &rate, &controls}) out.put_array(*part);
}

void MemberImage::load(ByteReader& in) {
  for (auto* part : {&model, &optimizer, &rate, &controls}) *part = in.get_array<std::byte>();
}

MemberImage image_of(const Member& member) {
  MemberImage out;
  ByteWriter buffer;
  take_image(member, buffer, out);
  return out;
}

void take_image(const Member& member, ByteWriter& buffer, MemberImage& out) {
  write_part(buffer, out.model, [&] { member.save_model(buffer); });
  write_part(buffer, out.optimizer, [&] { member.save_optimizer(buffer); });
  write_part(buffer, out.rate, [&] { member.save_rate(buffer); });
  write_part(buffer, out.controls, [&] { member.save_controls(buffer); });
}

bool revive(const MemberImage& image, Member& member, const StepClock& now) {
  return all_of(image.model, [&](ByteReader& in) { member.load_model(in); }) &&
         all_of(image.optimizer, [&](ByteReader& in) { member.load_optimizer(in); }) &&
         all_of(image.rate, [&](ByteReader& in) { member.load_rate(in, now); }) &&
         all_of(image.controls, [&](ByteReader& in) { member.load_controls(in, /*same_shape=*/true); });
}

}  // namespace rekindle
