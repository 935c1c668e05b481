// A key and a certificate that it signed itself, for tests.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <functional>
#include <memory>
#include <string>

#include "http/tls.hpp"

namespace rekindle {

inline std::string pem_of(const std::function<void(BIO*)>& write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  write(bio.get());
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

// Valid from so many seconds after now until so many after now; `serial` tells one from another.
inline TlsIdentity make_identity(long serial = 1, long from = -60, long until = 3600, int rsa_bits = 0, const char* passphrase = nullptr) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(static_cast<unsigned>(rsa_bits)), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), until);
  X509_set_pubkey(certificate.get(), key.get());
  auto* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  return {pem_of([&](BIO* to) { PEM_write_bio_X509(to, certificate.get()); }), pem_of([&](BIO* to) {
            const auto* cipher = passphrase == nullptr ? nullptr : EVP_aes_128_cbc();
            PEM_write_bio_PKCS8PrivateKey(to, key.get(), cipher, passphrase, passphrase == nullptr ? 0 : 4, nullptr, nullptr);
          })};
}

}  // namespace rekindle
