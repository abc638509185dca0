#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/json_parse.h"
#include "sandbox/simulator.h"
#include "support/manual_clock.h"

namespace apmcp::test {

inline constexpr const char* kSalon = "+14155550123";  ///< picks up and talks

struct Answered {
  int status = 0;
  Json body;
  std::string retry_after;
};

/// A simulator whose time stands still until told to move, with sign-up code 123456 and an endpoint that remembers.
class Sandbox {
 public:
  explicit Sandbox(std::size_t number_limit = 10, std::int64_t balance_cents = 10'000)
      : simulator(clock, options(number_limit, balance_cents)) {}

  Answered ask(const std::string& method, const std::string& target, const Json& body = nullptr) {
    return raw(method, target, body.is_null() ? "" : dump_json(body));
  }

  Answered raw(const std::string& method, const std::string& target, const std::string& body) {
    const sandbox::WireAnswer answer = simulator.handle(
        {.method = method, .target = target, .body = body, .authorization = key.empty() ? "" : "Bearer " + key}, {},
        std::chrono::seconds{5});
    Result<Json> parsed = parse_json(answer.body, upstream_json_limits());
    REQUIRE(parsed.ok());
    return {answer.status, std::move(*parsed), answer.retry_after};
  }

  Answered get(const std::string& target) { return ask("GET", target); }

  Answered post(const std::string& target, const Json& body) { return ask("POST", target, body); }

  /// Moves time and lets what is due happen, webhook events included.
  void pass(std::chrono::milliseconds by) {
    clock.advance(by);
    simulator.deliver_due();
  }

  std::string starter_agent() { return text(get("/v1/agents").body["data"][0], "id"); }

  std::string starter_number_id() { return text(get("/v1/numbers").body["data"][0], "id"); }

  std::string starter_number() { return text(get("/v1/numbers").body["data"][0], "phoneNumber"); }

  static std::string text(const Json& object, const char* name) {
    return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
  }

  /// Places a call that the platform's model holds; its id.
  std::string call(const std::string& to, const Json& more = Json::object()) {
    Json body = {{"agentId", starter_agent()}, {"toNumber", to}, {"systemPrompt", "Book a manicure for Sam."}};
    body.update(more);
    const Answered placed = post("/v1/calls", body);
    REQUIRE(placed.status == 200);
    return text(placed.body, "id");
  }

  Answered text_to(const std::string& to, const std::string& body) {
    return post("/v1/messages", {{"agent_id", starter_agent()}, {"to_number", to}, {"body", body}});
  }

  ManualClock clock;
  std::string key = "sk_test_one";
  std::vector<sandbox::PostJob> posts;                  ///< what reached the endpoint
  sandbox::PostResult endpoint_answers{.status = 200};  ///< what it says

  sandbox::Simulator simulator;

 private:
  sandbox::SimulatorOptions options(std::size_t number_limit, std::int64_t balance_cents) {
    sandbox::SimulatorOptions options;
    options.number_limit = number_limit;
    options.starting_balance_cents = balance_cents;
    options.random = {.code = [] { return std::string("123456"); },
                      .token = [this] { return "token" + std::to_string(++tokens_) + std::string(30, '0'); }};
    options.post = [this](const sandbox::PostJob& job, const std::stop_token&) {
      posts.push_back(job);
      return endpoint_answers;
    };
    options.wall = &clock;
    return options;
  }

  int tokens_ = 0;
};

/// "detail" of a shape A refusal; "" for every other shape.
inline std::string refusal(const Answered& answer) {
  return Sandbox::text(answer.body, "detail");
}

/// "toNumber: missing" for the first row of a shape B answer; "" for every other shape.
inline std::string first_mistake(const Answered& answer) {
  if (answer.status != 422 || !answer.body.contains("detail") || !answer.body["detail"].is_array()) return {};
  const Json& row = answer.body["detail"][0];
  return row["loc"].back().get<std::string>() + ": " + row["type"].get<std::string>();
}

/// Code of a shape C answer; "" for every other shape.
inline std::string error_code(const Answered& answer) {
  return answer.body.contains("error") ? Sandbox::text(answer.body["error"], "code") : std::string();
}

}  // namespace apmcp::test
