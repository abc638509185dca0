#include "transport/legacy_sse.h"

#include <utility>

#include "transport/http_era.h"
#include "transport/http_replies.h"
#include "transport/media_type.h"
#include "transport/sse_format.h"
#include "transport/stream_connection.h"
#include "transport/streamable_http.h"

namespace apmcp::transport {
namespace {

using listener::HttpRequest;
using listener::HttpResponse;
using listener::Peer;

constexpr std::string_view kPostPath = "/messages";
constexpr std::string_view kParameter = "sessionId=";

/// The session's id in a query; our ids need no decoding.
std::string session_id(std::string_view query) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view one = query.substr(0, end);
    if (one.starts_with(kParameter)) return std::string(one.substr(kParameter.size()));
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return {};
}

HttpResponse no_such_sse_session() {
  return error_reply(http_status::kNotFound, http_code::kNoSuchSession, "There is no such session (any more).");
}

}  // namespace

HttpResponse LegacySse::open(const HttpRequest& request, const Caller& caller) {
  if (!accepts(request.header("accept"), "text/event-stream")) {
    return error_reply(http_status::kNotAcceptable, http_code::kRefused, "Accept must have text/event-stream.");
  }
  const std::string id = sessions_.new_id();
  const auto session = std::make_shared<HttpSession>(id, HttpSession::Kind::kSse, caller, server_, executor_);
  const auto connection = std::make_shared<StreamConnection>(
      session->sse_stream(), StreamConnection::Endings{.left = [this, id] { sessions_.remove(id); },
                                                       .stopping = [session] { session->drain(kStopGrace); }});
  if (id.empty() || !connection->is_open() || !sessions_.add(session)) {
    return busy_reply(http_status::kUnavailable, kTooManySessions);
  }
  const std::string first = sse_endpoint(std::string(kPostPath).append("?").append(kParameter).append(id));
  return event_reply([connection, first](Peer& peer) { return peer.write(first) && connection->write_events(peer); });
}

HttpResponse LegacySse::post(const HttpRequest& request, const Caller& caller) {
  const auto session = sessions_.find(session_id(request.query), HttpSession::Kind::kSse, caller.name);
  if (!session) return no_such_sse_session();
  jsonrpc::Decoded decoded = jsonrpc::decode(request.body);
  if (!decoded.is_batch) {
    if (const auto* bad = std::get_if<jsonrpc::Undecodable>(&decoded.items.front())) {
      return error_reply(http_status::kBadRequest, bad->error.code, bad->error.message, bad->id);
    }
  }
  if (has_stateless_item(decoded)) {
    return error_reply(http_status::kBadRequest, jsonrpc::code::kInvalidRequest,
                       "Requests with a protocol version in _meta belong to /mcp.", sole_request_id(decoded));
  }
  if (!session->receive(std::move(decoded))) return no_such_sse_session();
  return {.status = http_status::kAccepted, .content_type = "text/plain", .body = "Accepted"};
}

}  // namespace apmcp::transport
