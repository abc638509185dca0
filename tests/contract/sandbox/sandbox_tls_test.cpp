#include <cstdio>
#include <filesystem>
#include <memory>

#include <doctest/doctest.h>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "sandbox/sandbox.h"
#include "support/temporary_directory.h"

TEST_SUITE_BEGIN("contract");

namespace apmcp::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

struct Close {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

using File = std::unique_ptr<std::FILE, Close>;

/// A certificate that signs itself, good for 127.0.0.1 and an hour.
Certificate self_signed(EVP_PKEY* key) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const std::string common = "sandbox test";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common.data()),
                             static_cast<int>(common.size()), -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* host = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(certificate.get(), host, -1);
  X509_EXTENSION_free(host);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

}  // namespace

TEST_CASE("with a certificate the sandbox speaks https, and only to who trusts it") {
  const TemporaryDirectory folder;
  const std::string cert_file = (folder.path() / "sandbox_cert.pem").string();
  const std::string key_file = (folder.path() / "sandbox_key.pem").string();
  {
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Certificate certificate = self_signed(key.get());
    const File cert_out(std::fopen(cert_file.c_str(), "w"));
    const File key_out(std::fopen(key_file.c_str(), "w"));
    REQUIRE(PEM_write_X509(cert_out.get(), certificate.get()) == 1);
    REQUIRE(PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  }
  const auto server = sandbox::SandboxServer::start({.tls_cert = cert_file, .tls_key = key_file});
  REQUIRE(server.ok());
  const int port = (*server)->port();

  httplib::SSLClient trusting("127.0.0.1", port);
  trusting.set_ca_cert_path(cert_file.c_str());
  trusting.set_bearer_token_auth("sk_test_tls");
  const httplib::Result answer = trusting.Get("/v1/usage");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  httplib::SSLClient wary("127.0.0.1", port);
  CHECK_FALSE(wary.Get("/v1/usage"));

  const auto broken = sandbox::SandboxServer::start({.tls_cert = key_file, .tls_key = cert_file});
  REQUIRE_FALSE(broken.ok());
  CHECK(broken.error().code == ErrorCode::kUpstreamDown);
}

}  // namespace apmcp::test

TEST_SUITE_END();
