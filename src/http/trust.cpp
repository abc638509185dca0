#include "http/trust.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <system_error>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace apmcp::http {
namespace {

/// Where the systems we run on keep their CA bundle: Debian, Fedora, SUSE, macOS and Alpine, Homebrew.
constexpr std::array kBundles{"/etc/ssl/certs/ca-certificates.crt",
                              "/etc/pki/tls/certs/ca-bundle.crt",
                              "/etc/ssl/ca-bundle.pem",
                              "/etc/ssl/cert.pem",
                              "/opt/homebrew/etc/openssl@3/cert.pem",
                              "/usr/local/etc/openssl@3/cert.pem"};
constexpr const char* kHashedDirectory = "/etc/ssl/certs";

/// Whether `name` is a link made by `openssl rehash`: eight hexadecimal digits, a dot, a number.
bool is_hash_link(const std::string& name) {
  const auto is_hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
  return name.size() >= 10 && name[8] == '.' && std::all_of(name.begin(), name.begin() + 8, is_hex);
}

bool is_hashed(const char* directory) {
  std::error_code failure;
  std::filesystem::directory_iterator entry(directory, failure);
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    if (is_hash_link(entry->path().filename().string())) return true;
  }
  return false;
}

/// A hashed directory is read one root at a time, when a chain needs it; a bundle costs some 28 ms to parse.
bool load_system_store(X509_STORE* store) {
  if (is_hashed(kHashedDirectory)) return X509_STORE_load_path(store, kHashedDirectory) == 1;
  std::error_code failure;
  for (const char* bundle : kBundles) {
    if (std::filesystem::exists(bundle, failure)) return X509_STORE_load_file(store, bundle) == 1;
  }
  return false;
}

int call_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// What libcurl does not tell: a refusal from a reset during the handshake, and whether TLS ended in order.
void on_tls_event(const SSL* ssl, int where, int result) {
  constexpr unsigned kAlertMask = 0xFF;
  auto* const* const current = static_cast<CallState**>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), call_index()));
  CallState* const call = current == nullptr ? nullptr : *current;
  if (call == nullptr) return;
  if (where == SSL_CB_READ_ALERT && (static_cast<unsigned>(result) & kAlertMask) == SSL_AD_CLOSE_NOTIFY) {
    call->is_tls_closed = true;
  }
  const unsigned long code = ERR_peek_error();
  const long verdict = SSL_get_verify_result(ssl);
  if (where != SSL_CB_CONNECT_EXIT || result > 0 || code == 0) return;
  if (verdict != X509_V_OK) {
    call->fail(Fault::kTls,
               std::string("its certificate is not acceptable: ") + X509_verify_cert_error_string(verdict));
  } else if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) != SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    const char* reason = ERR_reason_error_string(code);
    call->fail(Fault::kTls,
               std::string("no TLS connection could be agreed on: ") + (reason == nullptr ? "unknown reason" : reason));
  }
}

/// By OpenSSL's own check: libcurl's accepts a name that stands in the subject only.
bool expect_host(SSL_CTX* context, const std::string& host) {
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1 ||
         X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()) == 1;
}

}  // namespace

X509_STORE* Trust::store(CallState& call) {
  const std::lock_guard lock(mutex_);
  if (store_) return store_.get();
  std::unique_ptr<X509_STORE, FreeStore> made(X509_STORE_new());
  const bool loaded = made && (ca_file_.empty() ? load_system_store(made.get())
                                                : X509_STORE_load_file(made.get(), ca_file_.c_str()) == 1);
  ERR_clear_error();
  if (!loaded) {
    call.fail(Fault::kLocal, ca_file_.empty() ? "this system has no CA certificates (package ca-certificates)"
                                              : "the CA file cannot be read");
    return nullptr;
  }
  store_ = std::move(made);
  return store_.get();
}

bool Trust::apply(SSL_CTX* context, CallState*& call) {
  X509_STORE* trusted = store(*call);
  if (trusted == nullptr) return false;
  // All of this is set in words, because a configuration file named by the environment may have changed the defaults.
  SSL_CTX_set1_cert_store(context, trusted);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_security_level(context, std::max(2, SSL_CTX_get_security_level(context)));
  SSL_CTX_clear_options(context, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_keylog_callback(context, nullptr);
  SSL_CTX_set_info_callback(context, on_tls_event);
  const bool is_set = SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                      SSL_CTX_set_max_proto_version(context, 0) == 1 && expect_host(context, host_) &&
                      SSL_CTX_set_ex_data(context, call_index(), &call) == 1;
  if (!is_set) call->fail(Fault::kLocal, "OpenSSL could not be set up");
  ERR_clear_error();
  return is_set;
}

}  // namespace apmcp::http
