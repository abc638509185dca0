#include "agentphone/webhook_secrets.h"

#include <thread>

#include <doctest/doctest.h>

#include "support/temporary_directory.h"

namespace apmcp::agentphone {
namespace {

TEST_SUITE("unit") {
  TEST_CASE("of servers that keep secrets in one file at the same time, none loses what another kept") {
    const test::TemporaryDirectory home;
    const auto file = home.path() / "agentphone" / "webhook-secrets";
    {
      std::vector<std::jthread> servers;
      for (int i = 0; i < 8; ++i) {
        servers.emplace_back([&, i] {
          WebhookSecrets secrets(file);
          for (int n = 0; n < 4; ++n) {
            CHECK(secrets.keep("agt_" + std::to_string(4 * i + n), Secret("whsec_" + std::to_string(i))).ok());
          }
        });
      }
    }
    CHECK(WebhookSecrets(file).all().size() == 32);
    CHECK_FALSE(std::filesystem::exists(file.string() + ".lock"));
  }
}

}  // namespace
}  // namespace apmcp::agentphone
