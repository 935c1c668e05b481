#include "metrics/process.hpp"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace rekindle {
namespace {

std::string text_of(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (true) {
    const auto begin = text.find_first_not_of(" \n");
    if (begin == std::string_view::npos) return out;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(" \n"), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

// Seconds since 1970 at which the machine started.
std::optional<double> boot_seconds() {
  const std::string stat = text_of("/proc/stat");
  const auto at = stat.find("\nbtime ");
  return at == std::string::npos ? std::nullopt : number(std::string_view(stat).substr(at + 7));
}

std::optional<double> count_open_files() {
  std::error_code error;
  auto at = std::filesystem::directory_iterator("/proc/self/fd", error);
  double count = 0;
  while (!error && at != std::filesystem::directory_iterator()) {
    ++count;
    at.increment(error);
  }
  if (error || count == 0) return std::nullopt;
  return count - 1;  // The listing itself is one.
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage out;
  out.open_files = count_open_files();
  const std::string stat = text_of("/proc/self/stat");
  const auto name_end = stat.rfind(')');  // The program's name may contain blanks; what follows does not.
  if (name_end == std::string::npos) return out;
  // proc(5): the first word here is field 3 (state); 14 utime, 15 stime, 22 starttime in ticks, 24 resident pages.
  const auto fields = words(std::string_view(stat).substr(name_end + 1));
  if (fields.size() < 22) return out;
  const double tick = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto user = number(fields[11]);
  const auto system = number(fields[12]);
  const auto started = number(fields[19]);
  const auto pages = number(fields[21]);
  const auto boot = boot_seconds();
  if (user && system) out.cpu_seconds = (*user + *system) / tick;
  if (started && boot) out.started_seconds = *boot + *started / tick;
  if (pages) out.resident_bytes = *pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return out;
}

}  // namespace rekindle
