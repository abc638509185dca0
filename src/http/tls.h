#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <openssl/ssl.h>

#include "http/call_state.h"

namespace apmcp::http {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

using SslPtr = std::unique_ptr<SSL, FreeSsl>;

/// The settings every TLS connection shares: TLS 1.2 or newer, the peer must show a certificate for the host's own
/// name that a trusted CA signed for servers. Loads the CA store when the first session is opened, once. The
/// environment (SSL_CERT_FILE, SSL_CERT_DIR) has no say in whom we trust. Thread-safe.
class TlsContext {
 public:
  /// `ca_file`: PEM file that replaces the system's CA store; empty for the system's.
  explicit TlsContext(std::string ca_file);

  /// A client session over the connected socket `fd`, which must outlive it; null when the call failed.
  SslPtr open(const std::string& host, int fd, CallState& call);

 private:
  SSL_CTX* context(CallState& call);

  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  const std::string ca_file_;
  std::mutex mutex_;
  std::unique_ptr<SSL_CTX, FreeContext> context_;  // guarded by mutex_ until it is made, then read only
};

/// Runs the handshake to its end. False when the call failed.
bool handshake(SSL* ssl, int fd, CallState& call);

}  // namespace apmcp::http
