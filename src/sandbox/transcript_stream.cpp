#include <algorithm>

#include "base/json_parse.h"
#include "sandbox/rows.h"
#include "sandbox/simulator.h"

// GET /v1/calls/{id}/transcript/stream: server-sent events, pulled piece by piece by whoever has the connection.
namespace apmcp::sandbox {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kHeartbeatEvery{15};

std::string event_text(std::string_view name, const Json& data) {
  return "event: " + std::string(name) + "\ndata: " + dump_json(data) + "\n\n";
}

Json connected_row(const Account& account, const Call& call) {
  const auto agent = account.agents.find(call.agent_id);
  return {{"callId", call.id},
          {"status", call.status},
          {"agentId", or_null(call.agent_id)},
          {"agentName", agent == account.agents.end() ? Json(nullptr) : Json(agent->second.text("name"))},
          {"direction", call.inbound ? "inbound" : "outbound"},
          {"fromNumber", call.from},
          {"toNumber", call.to},
          {"startedAt", iso8601(call.started)}};
}

Json ended_row(const Call& call) {
  return {{"callId", call.id},
          {"status", call.status},
          {"endedAt", iso8601(*call.ended)},
          {"durationSeconds", std::chrono::duration_cast<std::chrono::seconds>(*call.ended - call.started).count()}};
}

/// The next event that is due, one at a time; empty when there is none yet.
Simulator::Piece next_event(const Account& account, const Call& call, Following& following) {
  if (!following.greeted) {
    following.greeted = true;
    return {.text = event_text("connected", connected_row(account, call))};
  }
  for (const SpokenLine& line : spoken_lines(call)) {
    if (following.told.insert(line.id).second) return {.text = event_text("turn", spoken_row(line))};
  }
  if (call.ended) return {.text = event_text("ended", ended_row(call)), .is_last = true};
  return {};
}

Error stream_error(ErrorCode code, const char* what) {
  return {.code = code, .message = what, .data = {{"stage", "receive"}, {"bytes_sent", 1}}};
}

}  // namespace

Simulator::Piece Simulator::next_piece(Following& following, const std::stop_token& stop,
                                       steady_clock::time_point limit) {
  std::unique_lock lock(mutex_);
  settle();
  if (!following.greeted) following.next_heartbeat = world_.now() + kHeartbeatEvery;
  for (;;) {
    if (following.events_left == 0) return {.cut = true};
    const Account* account = world_.account_by_id(following.account_id);
    if (account == nullptr) return {.cut = true};
    const auto call = account->calls.find(following.call_id);
    if (call == account->calls.end()) return {.cut = true};
    Piece piece = next_event(*account, call->second, following);
    if (!piece.text.empty()) {
      if (following.events_left > 0) --following.events_left;
      return piece;
    }
    if (world_.now() >= following.next_heartbeat) {
      following.next_heartbeat = world_.now() + kHeartbeatEvery;
      return {.text = ": heartbeat\n\n"};
    }
    if (!await_change(lock, following.next_heartbeat, stop, limit)) return {.cut = true};
  }
}

Result<http::HttpResponse> Simulator::stream(const http::HttpRequest& request, const http::CallOptions& options,
                                             const http::BodySink& on_bytes) {
  const auto limit = steady_clock::now() + std::min<std::chrono::milliseconds>(options.timeout, std::chrono::hours{24});
  WireAnswer answer = handle(on_the_wire(request), options.stop, options.timeout);
  if (options.stop.stop_requested()) return stream_error(ErrorCode::kCancelled, "Cancelled.");
  if (answer.gave_up) return stream_error(ErrorCode::kTimeout, "The sandbox did not answer in time.");
  if (answer.cut) return stream_error(ErrorCode::kUpstreamDown, "The connection broke before the answer was whole.");
  http::HttpResponse response{.status = answer.status,
                              .body = std::move(answer.body),
                              .content_type = answer.follows ? "text/event-stream" : "application/json",
                              .retry_after = std::move(answer.retry_after)};
  if (!answer.follows) return response;
  response.body.clear();
  for (;;) {
    const Piece piece = next_piece(*answer.follows, options.stop, limit);
    if (options.stop.stop_requested()) return stream_error(ErrorCode::kCancelled, "Cancelled.");
    if (piece.cut && steady_clock::now() >= limit) return stream_error(ErrorCode::kTimeout, "The time is up.");
    if (piece.cut) return stream_error(ErrorCode::kUpstreamDown, "The stream broke off.");
    if (!on_bytes(piece.text) || piece.is_last) return response;
  }
}

}  // namespace apmcp::sandbox
