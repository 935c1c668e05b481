#include "learner/archive.hpp"

#include <algorithm>
#include <utility>

namespace rekindle {

void Archive::observe(const Member& champion, std::uint64_t learned) {
  if (!due(learned)) return;
  std::swap(newer_, older_);  // The older one's memory is used again.
  take_image(champion, buffer_, newer_);
}

std::uint64_t Archive::spacing() const { return std::max<std::uint64_t>(least_spacing, newer_.bytes() / bytes_per_sample); }

void Archive::put_away(std::size_t room) {
  const auto most = std::min(capacity_, room);
  while (images_.size() > most) images_.pop_front();
  const auto& kept = older_.empty() ? newer_ : older_;
  if (most == 0 || kept.empty()) return;
  if (images_.size() == most) images_.pop_front();
  images_.push_back(kept);
}

void Archive::clear() {
  start_anew();
  images_.clear();
}

void Archive::save(ByteWriter& out) const {
  newer_.save(out);
  older_.save(out);
  out.put<std::uint64_t>(images_.size());
  for (const auto& one : images_) one.save(out);
}

void Archive::load(ByteReader& in) {
  newer_.load(in);
  older_.load(in);
  images_.clear();
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) images_.emplace_back().load(in);
  while (images_.size() > capacity_) images_.pop_front();
}

}  // namespace rekindle
