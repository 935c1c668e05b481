// PayloadArena: copies of the payloads of one batch, each followed by padding, in memory that is used again and again.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace rekindle::kafka {

class PayloadArena {
 public:
  PayloadArena();

  // A copy with `payload_padding` zero bytes after it; stays where it is until `clear`. Allocates only for payloads
  // that do not fit any more, and then the arena is full.
  [[nodiscard]] std::string_view copy(std::string_view payload);
  [[nodiscard]] bool full() const;  // The batch should end here.
  void clear();

 private:
  std::unique_ptr<char[]> block_;
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<char[]>> large_;
};

}  // namespace rekindle::kafka
