#include "http/tls.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <poll.h>
#include <system_error>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "http/resolver.h"
#include "http/socket.h"

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

/// The socket as a BIO. OpenSSL's own would raise SIGPIPE, and a library must not count on the host ignoring it.
int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const int fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  const ssize_t sent = send_bytes(fd, data, static_cast<std::size_t>(size));
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const int fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  const ssize_t received = receive_bytes(fd, data, static_cast<std::size_t>(size));
  if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_retry_read(bio);
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(received);
}

long bio_ctrl(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_bio_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
  if (method == nullptr) return nullptr;
  BIO_meth_set_write(method, bio_write);
  BIO_meth_set_read(method, bio_read);
  BIO_meth_set_ctrl(method, bio_ctrl);
  return method;
}

BIO* make_bio(int fd) {
  static BIO_METHOD* const method = make_bio_method();
  BIO* bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) return nullptr;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the BIO's data is the descriptor itself, so there is nothing to own.
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  return bio;
}

bool expect_host(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (literal_address(host, 0)) return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
  std::string server_name = host;  // the macro for this call casts away const
  return X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()) == 1 &&
         SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, server_name.data()) == 1;
}

/// The reason code of the oldest OpenSSL error as text, without file names and dumps.
std::string first_reason() {
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "unknown reason" : reason;
}

void fail_handshake(SSL* ssl, int error, CallState& call) {
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict != X509_V_OK) {
    call.fail(Fault::kTls, std::string("its certificate is not acceptable: ") + X509_verify_cert_error_string(verdict));
  } else if (error == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) != SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    call.fail(Fault::kTls, "no TLS connection could be agreed on: " + first_reason());
  } else {
    call.fail(Fault::kBroken, "the connection broke off during the TLS handshake");
  }
  ERR_clear_error();
}

}  // namespace

TlsContext::TlsContext(std::string ca_file) : ca_file_(std::move(ca_file)) {}

SSL_CTX* TlsContext::context(CallState& call) {
  const std::lock_guard lock(mutex_);
  if (context_) return context_.get();
  std::unique_ptr<SSL_CTX, FreeContext> made(SSL_CTX_new(TLS_client_method()));
  if (!made || SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION) != 1) {
    call.fail(Fault::kLocal, "OpenSSL could not be set up: " + first_reason());
    return nullptr;
  }
  // All of this is set in words, because a configuration file named by the environment may have changed the defaults.
  SSL_CTX_set_max_proto_version(made.get(), 0);
  SSL_CTX_set_security_level(made.get(), std::max(2, SSL_CTX_get_security_level(made.get())));
  SSL_CTX_clear_options(made.get(), SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_options(made.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(made.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(made.get(), 1);
  SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER, nullptr);
  X509_STORE* store = SSL_CTX_get_cert_store(made.get());
  const bool loaded = ca_file_.empty() ? load_system_store(store) : X509_STORE_load_file(store, ca_file_.c_str()) == 1;
  ERR_clear_error();
  if (!loaded) {
    call.fail(Fault::kLocal, ca_file_.empty() ? "this system has no CA certificates (package ca-certificates)"
                                              : "the CA file cannot be read");
    return nullptr;
  }
  context_ = std::move(made);
  return context_.get();
}

SslPtr TlsContext::open(const std::string& host, int fd, CallState& call) {
  SSL_CTX* shared = context(call);
  if (shared == nullptr) return nullptr;
  SslPtr ssl(SSL_new(shared));
  BIO* bio = ssl ? make_bio(fd) : nullptr;
  if (bio == nullptr) {
    call.fail(Fault::kLocal, "OpenSSL is out of memory");
    return nullptr;
  }
  SSL_set_bio(ssl.get(), bio, bio);
  if (!expect_host(ssl.get(), host)) {
    call.fail(Fault::kLocal, "OpenSSL refuses the host name");
    return nullptr;
  }
  return ssl;
}

bool handshake(SSL* ssl, int fd, CallState& call) {
  for (;;) {
    ERR_clear_error();
    const int result = SSL_connect(ssl);
    if (result == 1) return true;
    const int error = SSL_get_error(ssl, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      fail_handshake(ssl, error, call);
      return false;
    }
    if (!wait_for(call, fd, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) return false;
  }
}

}  // namespace apmcp::http
