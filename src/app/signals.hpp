// SIGTERM and SIGINT: the first asks to stop, the second stops at once.
#pragma once

namespace rekindle {

// Also ignores SIGPIPE and SIGXFSZ: a full disk or a closed pipe is an error to handle, not a death.
void install_signal_handlers();

// The signal that asked to stop, or 0.
[[nodiscard]] int stop_signal();

}  // namespace rekindle
