#pragma once

#include <string>

#include "agentphone/api.h"
#include "base/json_parse.h"
#include "support/scripted_transport.h"

namespace apmcp::test {

inline constexpr const char* kTestKey = "sk_test_0123456789abcdef";

/// An AgentPhoneApi with a key, before a scripted service.
struct ApiFixture {
  ScriptedTransport service;
  agentphone::Credentials credentials{""};
  agentphone::AgentPhoneApi api{service, credentials};
  agentphone::AgentPhoneApi::Options options;

  ApiFixture() { credentials.set(Secret(kTestKey), agentphone::KeySource::kEnvironment); }

  /// The body of the last request; null when it had none.
  [[nodiscard]] Json body() const {
    const auto parsed = parse_json(service.last().body);
    return parsed ? *parsed : Json(nullptr);
  }
};

}  // namespace apmcp::test
