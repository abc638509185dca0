#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "mcp/session.h"
#include "support/recording_sink.h"

namespace apmcp::test {

/// A client and its connection to a server in this process. Speaks the handshake revisions and the stateless one.
class Conversation {
 public:
  explicit Conversation(const mcp::McpServer& server, mcp::Session::Options options = {})
      : session_(mcp::Session::create(server, executor_, sink_, std::move(options))) {}

  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // The answer is seen a moment before its request is over.
  ~Conversation() { CHECK(session_->drain(std::chrono::seconds{5})); }

  /// The capabilities that the server answers with.
  Json initialize(std::string_view revision) {
    const Json result = ask("initialize", {{"protocolVersion", revision},
                                           {"capabilities", Json::object()},
                                           {"clientInfo", {{"name", "c"}, {"version", "1"}}}});
    REQUIRE(result["protocolVersion"] == revision);
    notify("notifications/initialized", nullptr);
    return result["capabilities"];
  }

  /// The result of a request under the handshake.
  Json ask(std::string_view method, const Json& params) { return result_of(response(method, params)); }

  /// The result of a request of 2026-07-28.
  Json ask_stateless(std::string_view method, const Json& params) {
    return result_of(response(method, with_envelope(params)));
  }

  /// The error of a request that must fail.
  Json refused(std::string_view method, const Json& params) { return error_of(response(method, params)); }

  Json refused_stateless(std::string_view method, const Json& params) {
    return error_of(response(method, with_envelope(params)));
  }

  void notify(std::string_view method, const Json& params) {
    session_->receive(jsonrpc::encode_notification(method, params));
  }

  /// Sends subscriptions/listen, whose answer comes at its end.
  void listen(const jsonrpc::Id& id, const Json& filter) {
    session_->receive(jsonrpc::encode_request(id, "subscriptions/listen", with_envelope({{"notifications", filter}})));
  }

  Json answer(const Json& id) { return sink_->answer(id); }

  /// Everything that was received since the last call, responses too.
  std::vector<Json> received() {
    const std::vector<Json> all = sink_->all();
    std::vector<Json> fresh(all.begin() + static_cast<std::ptrdiff_t>(seen_), all.end());
    seen_ = all.size();
    return fresh;
  }

  mcp::Session& session() { return *session_; }

  static Json with_envelope(Json params) {
    params["_meta"] = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                       {"io.modelcontextprotocol/clientCapabilities", Json::object()}};
    return params;
  }

 private:
  Json response(std::string_view method, const Json& params) {
    const std::int64_t id = next_id_++;
    session_->receive(jsonrpc::encode_request(id, method, params));
    return sink_->answer(id);
  }

  static Json result_of(const Json& response) {
    REQUIRE_MESSAGE(response.contains("result"), response.dump());
    return response["result"];
  }

  static Json error_of(const Json& response) {
    REQUIRE_MESSAGE(response.contains("error"), response.dump());
    return response["error"];
  }

  std::shared_ptr<RecordingSink> sink_ = std::make_shared<RecordingSink>();
  Executor executor_{2, 16};
  std::shared_ptr<mcp::Session> session_;
  std::int64_t next_id_ = 1000;
  std::size_t seen_ = 0;
};

}  // namespace apmcp::test
