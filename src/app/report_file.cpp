#include "app/report_file.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <cerrno>
#include <cstring>

#include "http/json_text.hpp"

namespace rekindle {

namespace {
constexpr std::string_view data_mark = "@DATA@";
}

std::string report_page(const boost::json::object& data) {
  const auto page = report_template();
  const auto at = page.find(data_mark);
  std::string out(page.substr(0, at));
  // A "<" occurs within strings only. Escaped, none of them can end the script element that the data stand in.
  for (const char c : json_text(data)) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  out += page.substr(at + data_mark.size());
  return out;
}

boost::json::object curve_json(const std::vector<ThinnedSeries::Point>& points) {
  boost::json::array x;
  boost::json::array y;
  for (const auto& point : points) {
    x.emplace_back(point.at);
    y.emplace_back(std::stod(fmt::format("{:.6g}", point.value)));
  }
  return {{"x", std::move(x)}, {"y", std::move(y)}};
}

Result<ReportFile> ReportFile::open(const std::string& path) {
  auto* file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return fail(ErrorCode::io, "{}: {}", path, std::strerror(errno));
  return ReportFile(path, file);
}

Status ReportFile::write(const boost::json::object& data) {
  const auto page = report_page(data);
  const bool written = std::fwrite(page.data(), 1, page.size(), file_.get()) == page.size();
  const bool closed = std::fclose(file_.release()) == 0;
  if (!written || !closed) return fail(ErrorCode::io, "{}: {}", path_, std::strerror(errno));
  return {};
}

}  // namespace rekindle
