// TLS for HTTP: the certificate and the key that a server shows, and what was checked about them. OpenSSL does the rest.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

namespace boost::asio::ssl {
class context;
}

namespace rekindle {

// Both in PEM form, as in their files.
struct TlsIdentity {
  std::string certificates;  // The server's own first, then those of the authorities between it and one that clients know.
  std::string key;
  friend bool operator==(const TlsIdentity&, const TlsIdentity&) = default;
};

// What a file holds, checked. ErrorCode::configuration, naming the file: it cannot be read; there is no certificate in it; there is no
// key in it, or one with a passphrase, which nobody could type; the key is not the certificate's; others on this machine can read it.
[[nodiscard]] Result<std::string> read_tls_certificates(const std::string& path);
[[nodiscard]] Result<std::string> read_tls_key(const std::string& path, const std::string& certificates);

// "" or why clients will refuse this certificate today: "has expired on Nov 28 18:00:00 2026 GMT".
[[nodiscard]] std::string certificate_problem(const std::string& certificates);

// TLS 1.2 and 1.3. ErrorCode::configuration: OpenSSL refuses the two, because the key is too short, say.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsIdentity& identity);

}  // namespace rekindle
