#include "support/http_certificates.h"

#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <unistd.h>
#include <utility>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace apmcp::test {
namespace {

constexpr long kDay = 24 * 60 * 60;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

struct Identity {
  Key key;
  Certificate certificate;
};

struct Plan {
  std::string common_name = "agentphone test server";
  std::string alt_names = "DNS:api.agentphone.to,DNS:localhost,IP:127.0.0.1,IP:::1";
  std::string usage = "serverAuth";
  bool is_authority = false;
  long from = -kDay;
  long to = 10 * kDay;
};

void must(bool worked) {
  if (!worked) throw std::runtime_error("a test certificate could not be made");
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  must(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Signed by `issuer`, or by itself without one.
Identity make(const Plan& plan, const Identity* issuer) {
  static std::atomic<long> serial{1};
  Identity made{Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")), Certificate(X509_new())};
  must(made.key && made.certificate);
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), plan.from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), plan.to);
  X509_set_pubkey(certificate, made.key.get());
  const auto* name = reinterpret_cast<const unsigned char*>(plan.common_name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, name, -1, -1, 0);
  X509* signer = issuer != nullptr ? issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  add_extension(certificate, signer, NID_basic_constraints, plan.is_authority ? "critical,CA:TRUE" : "CA:FALSE");
  add_extension(certificate, signer, NID_subject_alt_name, plan.is_authority ? "" : plan.alt_names);
  add_extension(certificate, signer, NID_ext_key_usage, plan.is_authority ? "" : plan.usage);
  EVP_PKEY* signing_key = issuer != nullptr ? issuer->key.get() : made.key.get();
  must(X509_sign(certificate, signing_key, EVP_sha256()) > 0);
  return made;
}

Identity make_authority() {
  return make({.common_name = "agentphone test authority", .is_authority = true}, nullptr);
}

Plan plan_for(Leaf leaf) {
  switch (leaf) {
    case Leaf::kWrongName: return {.alt_names = "DNS:api.agentphone.to.example,IP:127.0.0.2"};
    case Leaf::kCommonNameOnly: return {.common_name = "api.agentphone.to", .alt_names = ""};
    case Leaf::kExpired: return {.from = -10 * kDay, .to = -kDay};
    case Leaf::kClientOnly: return {.usage = "clientAuth"};
    case Leaf::kPartialWildcard: return {.alt_names = "DNS:a*.agentphone.to"};
    case Leaf::kGood:
    case Leaf::kSelfSigned:
    case Leaf::kUnknownAuthority: break;
  }
  return {};
}

}  // namespace

struct TestAuthority::Parts {
  Identity authority;
};

TestAuthority::TestAuthority() : parts_(std::make_unique<Parts>(Parts{make_authority()})) {
  static std::atomic<int> count{0};
  file_ = std::filesystem::temp_directory_path() /
          ("agentphone-mcp-ca-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".pem");
  std::FILE* file = std::fopen(file_.c_str(), "w");
  must(file != nullptr);
  PEM_write_X509(file, parts_->authority.certificate.get());
  std::fclose(file);
}

TestAuthority::~TestAuthority() {
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

ServerTls TestAuthority::server(Leaf leaf, int highest) const {
  const Identity stranger = leaf == Leaf::kUnknownAuthority ? make_authority() : Identity{};
  const Identity* issuer = &parts_->authority;
  if (leaf == Leaf::kUnknownAuthority) issuer = &stranger;
  if (leaf == Leaf::kSelfSigned) issuer = nullptr;
  const Identity identity = make(plan_for(leaf), issuer);

  ServerTls tls(SSL_CTX_new(TLS_server_method()), [](SSL_CTX* context) { SSL_CTX_free(context); });
  must(tls && SSL_CTX_use_certificate(tls.get(), identity.certificate.get()) == 1 &&
       SSL_CTX_use_PrivateKey(tls.get(), identity.key.get()) == 1);
  // Offered, so that a test can see that the client does not take it.
  SSL_CTX_set_max_early_data(tls.get(), 16'384);
  if (highest != 0) {
    // TLS 1.1 needs the lowest security level to be offered at all.
    SSL_CTX_set_security_level(tls.get(), 0);
    SSL_CTX_set_min_proto_version(tls.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(tls.get(), highest);
  }
  return tls;
}

}  // namespace apmcp::test
