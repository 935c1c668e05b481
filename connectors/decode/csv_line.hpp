// CsvLine: the cells of one line, from left to right.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "connectors/decode/near_bytes.hpp"
#include "connectors/decode/plain_number.hpp"
#include "connectors/decode/short_number.hpp"

namespace rekindle {

struct CsvCell {
  std::string_view text;  // Between the quotes; without them, between the blanks.
  bool doubled = false;   // Quotes inside are still written twice.
};

class CsvLine {
 public:
  CsvLine(std::string_view line, char delimiter) : at_(line.data()), end_(at_ + line.size()), delimiter_(delimiter) {}

  // No cell is left. A line that ends with a delimiter has an empty one behind it.
  [[nodiscard]] bool done() const { return done_; }

  // The next cell, when it is a finite number written plainly, which nearly all are; otherwise nothing happens. Reads 32 bytes from the
  // cell's beginning on, whatever is there.
  [[nodiscard]] bool take_number(double& out) {
    const char* const near_end = std::min(at_ + bytes_before(at_, delimiter_), end_);
    if (short_number(at_, static_cast<std::size_t>(near_end - at_), out) && (near_end == end_ || *near_end == delimiter_)) {
      step_behind(near_end);
      return true;
    }
    const char* rest = plain_number(at_, end_, out);
    if (rest == nullptr) {
      const auto read = std::from_chars(at_, end_, out);
      if (read.ec != std::errc{} || !std::isfinite(out)) return false;
      rest = read.ptr;
    }
    if (rest != end_ && *rest != delimiter_) return false;
    step_behind(rest);
    return true;
  }

  // The next cell. False: a quote is not closed, or something follows the one that closes.
  [[nodiscard]] bool take(CsvCell& out);

  // How many cells there are from here on.
  [[nodiscard]] std::size_t count();

 private:
  void step_behind(const char* cell_end) {
    done_ = cell_end == end_;
    at_ = done_ ? end_ : cell_end + 1;
  }
  [[nodiscard]] bool take_quoted(CsvCell& out);
  const char* at_;
  const char* end_;
  char delimiter_;
  bool done_ = false;
};

// The text of a cell with its doubled quotes made single, written to `to`, which must have room for it.
[[nodiscard]] std::string_view without_doubled_quotes(std::string_view text, char* to);

// The whole of `text` is a finite number. `non_finite`: it is a number, but not a finite one.
[[nodiscard]] bool csv_number(std::string_view text, double& out, bool& non_finite);

// "true" is 1, "false" is 0.
[[nodiscard]] bool csv_flag(std::string_view text, double& out);

}  // namespace rekindle
