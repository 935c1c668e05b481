// HeldBlocks: blocks of a file's bytes, each used again once nobody else holds it.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace rekindle {

// For PollResult::held. Blocks are asked for and let go of by whoever polls, one at a time.
class HeldBlocks {
 public:
  using Block = std::shared_ptr<std::string>;

  // One that nobody has; `current`, which is the caller's, where nobody else has that.
  [[nodiscard]] Block next(const Block& current = nullptr) {
    if (current.use_count() == 2) return current;
    for (const auto& block : blocks_) {
      if (block.use_count() == 1) return block;
    }
    return blocks_.emplace_back(std::make_shared<std::string>());
  }

 private:
  std::vector<Block> blocks_;
};

}  // namespace rekindle
