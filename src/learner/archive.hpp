// Archive: champions of earlier times, to be brought back when what they knew comes again.
#pragma once

#include <cstdint>
#include <deque>

#include "base/bytes.hpp"
#include "learner/member_image.hpp"

namespace rekindle {

// Keeps at most `capacity` images, the newest; the oldest goes first. An image is taken every 256 learned samples, of a large
// model less often, and the one before the newest is what `put_away` keeps: at an alarm the newest may have learned the new
// concept already.
class Archive {
 public:
  static constexpr std::uint64_t least_spacing = 256;
  static constexpr std::uint64_t bytes_per_sample = 512;  // To copy, at most: a tenth of a microsecond.

  explicit Archive(std::size_t capacity) : capacity_(capacity) {}

  [[nodiscard]] bool due(std::uint64_t learned) const { return capacity_ != 0 && learned % spacing() == 0; }
  void observe(const Member& champion, std::uint64_t learned);
  // At an alarm. No more than `room` images are kept, whatever the capacity.
  void put_away(std::size_t room);
  // Another member is the champion: what was kept is of one that no longer is.
  void start_anew() { newer_ = older_ = {}; }
  void clear();

  [[nodiscard]] const std::deque<MemberImage>& images() const { return images_; }

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  [[nodiscard]] std::uint64_t spacing() const;

  std::size_t capacity_;
  MemberImage newer_;
  MemberImage older_;
  std::deque<MemberImage> images_;
  ByteWriter buffer_;  // Not state.
};

}  // namespace rekindle
