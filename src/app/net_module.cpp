#include <array>

#include <openssl/evp.h>

#include "app/module_api.h"

namespace apmcp::app {
namespace {

/// Empty when OpenSSL has no memory for it.
std::string sha256_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  std::string text;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return text;
  for (unsigned int i = 0; i < size; ++i) {
    text += kDigits[digest.at(i) >> 4U];
    text += kDigits[digest.at(i) & 0x0FU];
  }
  return text;
}

}  // namespace
}  // namespace apmcp::app

extern "C" const apmcp::app::NetModule* agentphone_mcp_net_module(apmcp::log::Level level) {
  static constexpr apmcp::app::NetModule kModule{.make_upstream = apmcp::http::make_httplib_transport,
                                                 .make_sandbox = apmcp::sandbox::make_sandbox_transport,
                                                 .serve_sandbox = apmcp::sandbox::serve_sandbox,
                                                 .start_listener = apmcp::listener::start_listener,
                                                 .sha256_hex = apmcp::app::sha256_hex};
  apmcp::log::configure(level);
  return &kModule;
}
