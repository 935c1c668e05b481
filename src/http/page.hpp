// The live page: the files of `web/`, compressed in the program, so that it works without a network.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "http/routes.hpp"

namespace rekindle {

struct PageFile {
  std::string_view path;  // "/page/page.css"; "/" is the page itself.
  std::string_view type;
  std::string_view gzip;
};

// Made by `web/embed.cmake` at build time.
[[nodiscard]] std::span<const PageFile> page_files();

// GET for each of them: as it is stored for whoever takes gzip, else unpacked.
[[nodiscard]] std::vector<Route> page_routes();

}  // namespace rekindle
