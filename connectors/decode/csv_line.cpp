#include "connectors/decode/csv_line.hpp"

#include <cstdlib>
#include <cstring>

namespace rekindle {

namespace {

std::string_view trimmed(const char* first, const char* last) {
  while (first != last && (*first == ' ' || *first == '\t')) ++first;
  while (first != last && (last[-1] == ' ' || last[-1] == '\t')) --last;
  return {first, static_cast<std::size_t>(last - first)};
}

}  // namespace

bool CsvLine::take(CsvCell& out) {
  if (at_ != end_ && *at_ == '"') return take_quoted(out);
  const auto* delimiter = static_cast<const char*>(std::memchr(at_, delimiter_, static_cast<std::size_t>(end_ - at_)));
  const auto* last = delimiter == nullptr ? end_ : delimiter;
  out = {trimmed(at_, last), false};
  step_behind(last);
  return true;
}

bool CsvLine::take_quoted(CsvCell& out) {
  const char* const first = ++at_;
  out.doubled = false;
  while (true) {
    const auto* quote = static_cast<const char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
    if (quote == nullptr) return false;
    at_ = quote + 1;
    if (at_ == end_ || *at_ != '"') {
      out.text = {first, static_cast<std::size_t>(quote - first)};
      break;
    }
    out.doubled = true;
    ++at_;
  }
  if (at_ != end_ && *at_ != delimiter_) return false;
  step_behind(at_);
  return true;
}

std::size_t CsvLine::count() {
  std::size_t cells = 0;
  CsvCell ignored;
  for (; !done_ && take(ignored); ++cells) {
  }
  return cells;
}

std::string_view without_doubled_quotes(std::string_view text, char* to) {
  const char* const begin = to;
  for (std::size_t i = 0; i < text.size(); ++i) {
    *to++ = text[i];
    if (text[i] == '"') ++i;
  }
  return {begin, static_cast<std::size_t>(to - begin)};
}

bool csv_number(std::string_view text, double& out, bool& non_finite) {
  non_finite = false;
  if (!text.empty() && plain_number(text.data(), text.data() + text.size(), out) == text.data() + text.size()) return true;
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc::invalid_argument || rest != text.data() + text.size()) return false;
  // Too small is zero or near it, too large is infinite: the other parser says which.
  if (error == std::errc::result_out_of_range) out = std::strtod(std::string(text).c_str(), nullptr);
  non_finite = !std::isfinite(out);
  return !non_finite;
}

bool csv_flag(std::string_view text, double& out) {
  if (text != "true" && text != "false") return false;
  out = text == "true" ? 1 : 0;
  return true;
}

}  // namespace rekindle
