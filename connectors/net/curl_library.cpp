#include "connectors/net/curl_library.hpp"

#include <dlfcn.h>

namespace rekindle {

namespace {

constexpr const char* library_name = "libcurl.so.4";

Result<CurlLibrary> load() {
  void* const library = ::dlopen(library_name, RTLD_NOW | RTLD_LOCAL);  // For good: it is not made for unloading.
  if (library == nullptr) return fail(ErrorCode::unavailable, "libcurl cannot be used: {}", ::dlerror());
  CurlLibrary out;
  const char* missing = nullptr;
  const auto find = [&]<class Function>(const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    if (function == nullptr) missing = name;
  };
  find("curl_global_init", out.global_init);
  find("curl_easy_init", out.easy_init);
  find("curl_easy_cleanup", out.easy_cleanup);
  find("curl_easy_reset", out.easy_reset);
  find("curl_easy_setopt", out.easy_setopt);
  find("curl_easy_perform", out.easy_perform);
  find("curl_easy_strerror", out.easy_strerror);
  find("curl_easy_getinfo", out.easy_getinfo);
  find("curl_easy_escape", out.easy_escape);
  find("curl_free", out.free);
  find("curl_slist_append", out.slist_append);
  find("curl_slist_free_all", out.slist_free_all);
  if (missing != nullptr) return fail(ErrorCode::unavailable, "libcurl cannot be used: {} has no {}", library_name, missing);
  const auto code = out.global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) return fail(ErrorCode::unavailable, "libcurl cannot be used: {}", out.easy_strerror(code));
  return out;
}

}  // namespace

const Result<CurlLibrary>& CurlLibrary::get() {
  static const auto library = load();
  return library;
}

}  // namespace rekindle
