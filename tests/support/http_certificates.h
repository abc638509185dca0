#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace apmcp::test {

/// What is right or wrong with a server's certificate. All but kGood must be refused by a client that wants
/// "api.agentphone.to", "localhost" or 127.0.0.1 from this authority.
enum class Leaf {
  kGood,  ///< names api.agentphone.to, localhost, 127.0.0.1 and ::1
  kWrongName,
  kCommonNameOnly,  ///< the right name, but only in the subject
  kExpired,
  kSelfSigned,
  kUnknownAuthority,
  kClientOnly,       ///< not meant for servers
  kPartialWildcard,  ///< a*.agentphone.to
};

using ServerTls = std::shared_ptr<SSL_CTX>;

/// A certificate authority made for one test, with its own key. The PEM file goes with it.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  [[nodiscard]] std::string ca_file() const { return file_.string(); }

  /// Server settings with a fresh certificate; `highest` is a TLS1_x_VERSION, 0 for no limit.
  [[nodiscard]] ServerTls server(Leaf leaf, int highest = 0) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::filesystem::path file_;
};

}  // namespace apmcp::test
