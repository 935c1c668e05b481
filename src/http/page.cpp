#include "http/page.hpp"

#include <zlib.h>

#include <array>
#include <string>

namespace rekindle {

namespace {

constexpr int gzip_only = 16 + MAX_WBITS;

std::string unpacked(std::string_view gzip) {
  std::string out;
  z_stream stream{};
  if (inflateInit2(&stream, gzip_only) != Z_OK) return out;
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(gzip.data()));  // zlib only reads it.
  stream.avail_in = static_cast<uInt>(gzip.size());
  std::array<char, 16'384> buffer;
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return out;
}

HttpResponse serve(const PageFile& file, const HttpRequest& request) {
  const bool takes_gzip = request.accept_encoding.find("gzip") != std::string_view::npos;
  HttpResponse response;
  response.content_type = file.type;
  response.body = takes_gzip ? std::string(file.gzip) : unpacked(file.gzip);
  if (takes_gzip) response.encoding = "gzip";
  return response;
}

}  // namespace

std::vector<Route> page_routes() {
  std::vector<Route> routes;
  for (const auto& file : page_files()) {
    routes.push_back({"GET", std::string(file.path), "", [&file](const HttpRequest& request) { return serve(file, request); }});
  }
  return routes;
}

}  // namespace rekindle
