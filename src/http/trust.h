#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <openssl/ssl.h>

#include "http/call_state.h"

namespace apmcp::http {

/// Whom TLS connections trust, and the settings that libcurl has no option for. Reads the CA store once, with the first
/// connection. SSL_CERT_FILE, SSL_CERT_DIR and SSLKEYLOGFILE have no effect. Thread-safe.
class Trust {
 public:
  /// `host`: the name or address that the certificate must contain as an alternative name. `ca_file`: PEM file that
  /// replaces the CA store of the system; empty for that store.
  Trust(std::string host, std::string ca_file) : host_(std::move(host)), ca_file_(std::move(ca_file)) {}

  /// Prepares the settings of one connection. False when the call failed. `call` is the pointer to the call in
  /// progress, null between calls, and outlives the connection: a peer that is not acceptable fails that call with
  /// Fault::kTls.
  bool apply(SSL_CTX* context, CallState*& call);

 private:
  X509_STORE* store(CallState& call);

  struct FreeStore {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  };

  const std::string host_;
  const std::string ca_file_;
  std::mutex mutex_;
  std::unique_ptr<X509_STORE, FreeStore> store_;  // guarded by mutex_ until it is made, then read only
};

}  // namespace apmcp::http
