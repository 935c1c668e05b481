// Result and Status: how anything that input, disk or network can break reports it, with the exit code it leads to.
#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace rekindle {

// Each value is the process exit code that the error leads to when nothing handles it before `main`.
enum class ErrorCode : int {
  usage = 2,
  data = 65,         // Unusable input, recording or checkpoint.
  source_lost = 66,  // The source no longer has records that we have not learned.
  unavailable = 69,  // The source cannot be reached (one-shot commands only).
  internal = 70,     // A bug of ours.
  locked = 73,       // Another process uses the state directory.
  io = 74,           // Reading or writing failed.
  fenced = 75,       // A newer instance took over: restart me.
  configuration = 78,
  interrupted = 130,
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(text, std::forward<Args>(args)...)});
}

}  // namespace rekindle
