// sanitized: whether this is the build of a sanitizer, which takes more memory and time than a test would allow.
#pragma once

namespace rekindle::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace rekindle::test
