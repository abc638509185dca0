#include <array>

#include <openssl/evp.h>

#include "app/module_api.h"
#include "patterns/re2_pattern.h"
#include "seal/hmac_state_seal.h"

namespace apmcp::app {
namespace {

Result<std::unique_ptr<mcp::StateSeal>> make_state_seal(const Secret& key_lines) {
  auto seal =
      key_lines.empty() ? seal::HmacStateSeal::with_random_key() : seal::HmacStateSeal::with_key_lines(key_lines);
  if (!seal) return std::move(seal).error();
  return std::unique_ptr<mcp::StateSeal>(*std::move(seal));
}

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

extern "C" const apmcp::app::NetModule* agentphone_mcp_net_module(const apmcp::log::Options& log) {
  static constexpr apmcp::app::NetModule kModule{.make_upstream = apmcp::http::make_curl_transport,
                                                 .make_sandbox = apmcp::sandbox::make_sandbox_transport,
                                                 .make_state_seal = apmcp::app::make_state_seal,
                                                 .open_spent_states = apmcp::store::open_spent_states,
                                                 .open_task_store = apmcp::store::open_task_store,
                                                 .serve_sandbox = apmcp::sandbox::serve_sandbox,
                                                 .start_listener = apmcp::listener::start_listener,
                                                 .open_inbox = apmcp::inbox::open_inbox,
                                                 .make_webhook_endpoint = apmcp::inbox::make_endpoint,
                                                 .sha256_hex = apmcp::app::sha256_hex,
                                                 .compile_pattern = apmcp::patterns::compile_re2};
  apmcp::log::adopt(log);
  return &kModule;
}
