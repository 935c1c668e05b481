// --offset, --until, --samples and --cache, as `replay` and `compare` take them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "app/stretch.hpp"

namespace rekindle {

struct StretchOptions {
  std::string offset;
  std::string until;
  std::uint64_t samples = 0;  // 0: all.
  bool cache = false;
  void add_to(CLI::App& command) {
    command.add_option("--offset", offset, "First record: a line, from 0, or an event time such as 2026-11-23T10:00:00Z");
    command.add_option("--until", until, "The first record that is not taken any more: a line or an event time");
    command.add_option("--samples", samples, "At most this many records")->check(CLI::PositiveNumber);
    command.add_flag("--cache", cache, "Keep the decoded samples beside the recording (NAME.decoded), and read them the next time");
  }
  [[nodiscard]] bool given() const { return !offset.empty() || !until.empty() || samples != 0 || cache; }
  [[nodiscard]] Result<Stretch> read() const { return read_stretch(offset, until, samples); }
};

}  // namespace rekindle
