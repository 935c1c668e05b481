#include "http/tls.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <boost/asio/ssl/context.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

namespace rekindle {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t longest_file = 1U << 20U;

template <auto Free>
struct FreeBy {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using Bio = std::unique_ptr<BIO, FreeBy<BIO_free>>;
using Certificate = std::unique_ptr<X509, FreeBy<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;

Result<std::string> content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream whole;
  if (file) whole << file.rdbuf();
  auto text = whole.str();
  if (text.empty())
    return fail(ErrorCode::configuration, "cannot be read from {}: {}", path, errno == 0 ? "it is empty" : std::strerror(errno));
  if (text.size() > longest_file) return fail(ErrorCode::configuration, "{} is larger than 1 MiB", path);
  return text;
}

Bio reader(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// OpenSSL would ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writes*/, void* /*ours*/) { return 0; }

Certificate first_certificate(const std::string& text) {
  const auto bio = reader(text);
  Certificate out(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return out;
}

Key key_in(const std::string& text) {
  const auto bio = reader(text);
  Key out(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return out;
}

std::string text_of(const ASN1_TIME* time) {
  const Bio bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(bio.get(), time);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Result<std::string> read_tls_certificates(const std::string& path) {
  errno = 0;
  auto text = content(path);
  if (text && !first_certificate(*text)) return fail(ErrorCode::configuration, "{} holds no certificate in PEM form", path);
  return text;
}

Result<std::string> read_tls_key(const std::string& path, const std::string& certificates) {
  errno = 0;
  auto text = content(path);
  if (!text) return text;
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0 && (about.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return fail(ErrorCode::configuration, "others on this machine may read or write {}: its mode is {:04o}, chmod 600 makes it private",
                path, about.st_mode & 07777U);
  }
  if (text->find("ENCRYPTED") != std::string::npos)
    return fail(ErrorCode::configuration, "{} has a passphrase, for which nobody can be asked here", path);
  const auto key = key_in(*text);
  if (!key) return fail(ErrorCode::configuration, "{} holds no private key in PEM form", path);
  const auto certificate = first_certificate(certificates);
  if (certificate && X509_check_private_key(certificate.get(), key.get()) == 1) return text;
  ERR_clear_error();
  return fail(ErrorCode::configuration, "the key in {} is not that of http.tls_certificate", path);
}

std::string certificate_problem(const std::string& certificates) {
  const auto certificate = first_certificate(certificates);
  if (!certificate) return "";
  const auto* from = X509_get0_notBefore(certificate.get());
  const auto* until = X509_get0_notAfter(certificate.get());
  if (X509_cmp_current_time(until) < 0) return "has expired on " + text_of(until);
  if (X509_cmp_current_time(from) > 0) return "is not valid before " + text_of(from);
  return "";
}

Result<std::shared_ptr<asio::ssl::context>> make_tls_context(const TlsIdentity& identity) {
  auto out = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  auto* const native = out->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  // Compression tells what is encrypted by its length; a client that negotiates again and again costs much for little.
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  error_code error;
  out->set_password_callback([](std::size_t, asio::ssl::context::password_purpose) { return std::string(); }, error);
  if (!error) out->use_certificate_chain(asio::buffer(identity.certificates), error);
  if (error) return fail(ErrorCode::configuration, "the certificate cannot be used: {}", error.message());
  out->use_private_key(asio::buffer(identity.key), asio::ssl::context::pem, error);
  if (error) return fail(ErrorCode::configuration, "the key cannot be used: {}", error.message());
  return out;
}

}  // namespace rekindle
