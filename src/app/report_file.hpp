// ReportFile: one HTML page that needs nothing but itself: style, scripts, the charts' library and the data are within.
#pragma once

#include <boost/json/object.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "app/thinned_series.hpp"
#include "base/result.hpp"

namespace rekindle {

// The page without its data, for which "@DATA@" stands. Made by `web/embed_report.cmake` at build time.
[[nodiscard]] std::string_view report_template();

// The page that shows `data`, whatever characters are in it.
[[nodiscard]] std::string report_page(const boost::json::object& data);

// {"x": [...], "y": [...]}; values with six digits, which is more than a chart shows.
[[nodiscard]] boost::json::object curve_json(const std::vector<ThinnedSeries::Point>& points);

// Opened before the work begins, so that a wrong path is known at once.
class ReportFile {
 public:
  [[nodiscard]] static Result<ReportFile> open(const std::string& path);
  [[nodiscard]] Status write(const boost::json::object& data);

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  ReportFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace rekindle
