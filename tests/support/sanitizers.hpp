// sanitized: whether this is the build of a sanitizer, whose own memory is beyond any limit that a test could set.
#pragma once

namespace rekindle::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace rekindle::test
