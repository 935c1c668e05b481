// libcurl, loaded when the first request is made: it brings more than twenty libraries, and few runs ask anybody by HTTP.
#pragma once

#include <curl/curl.h>

#include "base/result.hpp"

namespace rekindle {

// Those of its functions that are called, under their names without `curl_`.
struct CurlLibrary {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_reset) easy_reset = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_perform) easy_perform = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_escape) easy_escape = nullptr;
  decltype(&curl_free) free = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;

  // Ready for requests. ErrorCode::unavailable: there is none on this system, and why.
  [[nodiscard]] static const Result<CurlLibrary>& get();
};

}  // namespace rekindle
