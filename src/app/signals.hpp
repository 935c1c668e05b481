// SIGTERM and SIGINT: the first asks to stop, the second stops at once.
#pragma once

namespace rekindle {

// Also ignores SIGPIPE and SIGXFSZ: a full disk or a closed pipe is an error to handle, not a death.
void install_signal_handlers();

// SIGHUP then asks for the configuration to be read again; without this it ends the program.
void install_reload_handler();
// True once for each time that it came; several may be taken as one.
[[nodiscard]] bool take_reload_signal();

// The signal that asked to stop, or 0.
[[nodiscard]] int stop_signal();

}  // namespace rekindle
