// Says why and ends the program: a bench has nothing to go on with.
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

namespace rekindle::bench {

[[noreturn]] inline void give_up(std::string_view why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

}  // namespace rekindle::bench
