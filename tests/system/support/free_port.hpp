// free_port: where a server that a test starts can listen on this machine.
#pragma once

namespace rekindle::system_test {

// Below the range that the system takes for outgoing connections: nobody takes it while the server is down. Throws where there is none.
[[nodiscard]] int free_port();

}  // namespace rekindle::system_test
