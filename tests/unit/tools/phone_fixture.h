#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/clock.h"
#include "tools/bind.h"
#include "unit/tools/routed_upstream.h"

namespace apmcp::test {

inline constexpr const char* kCanaryKey = "sk_test_canary0123456789abcdef";
inline constexpr const char* kTestSecret = "whsec_canary0123456789abcdef";

/// Starts at 2026-01-01T00:00:00Z. Nobody waits for it: who asks how long a time takes finds that it has come.
class SkippingClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }

  [[nodiscard]] std::chrono::nanoseconds real_time_until(TimePoint when) const override {
    if (when > now_.load()) now_ = when;
    return std::chrono::nanoseconds::zero();
  }

 private:
  mutable std::atomic<TimePoint> now_{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
};

/// Reads only "+" and digits and ten-digit US numbers, so that unit tests load no metadata.
class PlainNumberPlan final : public numbers::NumberPlan {
 public:
  [[nodiscard]] Result<numbers::DialedNumber> parse(std::string_view text) const override;
};

/// Holds one event, whose text tells what was asked for.
class EchoingInbox final : public inbox::Inbox {
 public:
  Result<bool> keep(const webhook::Received& received, std::string_view body) override;
  Result<inbox::EventPage> list(const inbox::EventQuery& query) override;
};

/// Runs a tool the way the registry does, arguments unchecked.
Result<tools::ToolOutput> call_tool(std::string_view tool, const Json& arguments, tools::ToolServices& services,
                                    mcp::RequestContext& context);

/// A phone account with one agent, one number, one thread and one finished call behind RoutedUpstream, and the services
/// that tools work with. Every route of the brief answers well until a test says otherwise.
class PhoneFixture {
 public:
  PhoneFixture();

  /// Runs a tool the way the registry does, arguments unchecked.
  Result<tools::ToolOutput> call(std::string_view tool, const Json& arguments);

  /// The same for a call that has to work: the structured answer.
  Json ok(std::string_view tool, const Json& arguments);

  /// The same for a call that has to fail.
  Error failure(std::string_view tool, const Json& arguments);

  /// As if the server were started with --webhook-listen.
  void turn_inbox_on() { services.inbox = &inbox; }

  RoutedUpstream upstream;
  EchoingInbox inbox;
  agentphone::Credentials credentials{std::filesystem::path()};
  agentphone::AgentPhoneApi api{upstream, credentials};
  PlainNumberPlan number_plan;
  policy::Disclosure disclosure = policy::Disclosure::text("Hello, this is an AI assistant.");
  SkippingClock clock;
  tools::ToolServices services{
      .api = api, .credentials = credentials, .number_plan = number_plan, .disclosure = disclosure, .clock = clock};
  mcp::RequestContext context;
};

}  // namespace apmcp::test
