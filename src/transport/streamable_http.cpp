#include "transport/streamable_http.h"

#include <utility>
#include <variant>

#include "mcp/envelope.h"
#include "mcp/revision.h"
#include "transport/http_era.h"
#include "transport/http_replies.h"
#include "transport/media_type.h"

namespace apmcp::transport {
namespace {

using jsonrpc::Decoded;
using listener::HttpRequest;
using listener::HttpResponse;
using listener::Peer;
using Shape = MessageStream::Shape;

constexpr const char* kSessionHeader = "Mcp-Session-Id";
constexpr std::size_t kQueueBytes = std::size_t{1} << 20;
constexpr std::size_t kBatchBytes = std::size_t{4} << 20;

HttpResponse in_session(HttpResponse reply, const HttpSession& session) {
  reply.headers.emplace_back(kSessionHeader, session.id());
  return reply;
}

HttpResponse no_descriptors() {
  return busy_reply(http_status::kUnavailable, "The server is out of resources.");
}

MessageStream::Options stream_options(const HttpRequest& request, std::size_t answers) {
  const std::string* accept = request.header("accept");
  return {.takes_json = accepts(accept, "application/json"),
          .takes_events = accepts(accept, "text/event-stream"),
          .requests = answers,
          .max_bytes = answers > 1 ? kBatchBytes : kQueueBytes};
}

HttpResponse batch_refused() {
  return error_reply(http_status::kBadRequest, jsonrpc::code::kInvalidRequest,
                     "Batches are not part of this protocol revision.");
}

HttpResponse batch_too_large() {
  return error_reply(http_status::kUnavailable, http_code::kRefused,
                     "The answers to this batch are too large for one body. What it asked for may have been done. Send "
                     "less at once, or accept text/event-stream.");
}

HttpResponse no_such_session(const std::optional<jsonrpc::Id>& id) {
  return error_reply(http_status::kNotFound, http_code::kNoSuchSession,
                     "There is no such session (any more): send initialize again.", id);
}

/// The request had begun. A status that invites a client to repeat it, such as 404 or 503, could do it twice.
HttpResponse interrupted(const std::optional<jsonrpc::Id>& id) {
  return error_reply(
      http_status::kOk, jsonrpc::code::kInternalError,
      "The session ended, or the server stopped, while this request ran. What it asked for may have been "
      "done: look before you repeat it.",
      id);
}

/// The answer to a POST, in the shape that its first message gave it. `id` is its request's, where it is one.
HttpResponse answer(const std::shared_ptr<StreamConnection>& connection, Peer& peer, bool is_batch,
                    const std::optional<jsonrpc::Id>& id) {
  auto answer = connection->await_answer(peer, is_batch);
  switch (answer.shape) {
    case Shape::kJson: {
      auto reply = json_reply(answer.http_status, std::move(answer.body));
      if (reply.status == http_status::kUnavailable) reply.headers.emplace_back("Retry-After", "1");
      return reply;
    }
    case Shape::kEvents: return event_reply([connection](Peer& writer) { return connection->write_events(writer); });
    case Shape::kNothing: return empty_reply(http_status::kAccepted);
    case Shape::kTooLarge: return batch_too_large();
    case Shape::kClosed: return interrupted(id);
    case Shape::kReplaced:
      return error_reply(http_status::kConflict, http_code::kRefused, "Another connection reads this answer.", id);
    case Shape::kUndecided: break;
  }
  return interrupted(id);
}

HttpResponse refused(EventStore::Refusal refusal, const std::optional<jsonrpc::Id>& id = std::nullopt) {
  switch (refusal) {
    case EventStore::Refusal::kClosed: break;
    case EventStore::Refusal::kTooMany:
      return busy_reply(http_status::kTooManyRequests, "Too many streams of this session are open.", id);
    case EventStore::Refusal::kUnknownEvent:
      return error_reply(http_status::kBadRequest, http_code::kRefused, "Last-Event-ID is not known (any more).");
  }
  return no_such_session(id);
}

/// `code` is that of the JSON-RPC error.
HttpResponse unknown_revision(int code, const std::optional<jsonrpc::Id>& id = std::nullopt) {
  return error_reply(
      http_status::kBadRequest, code,
      "MCP-Protocol-Version names an unknown revision. This server speaks " + mcp::known_versions() + ".", id);
}

/// What is wrong with MCP-Protocol-Version of a GET or DELETE, which only sessions have.
std::optional<HttpResponse> check_session_version(const HttpRequest& request) {
  const std::string* version = request.header("mcp-protocol-version");
  if (version == nullptr) return std::nullopt;
  const mcp::Revision* revision = mcp::find_revision(*version);
  if (revision == nullptr) return unknown_revision(http_code::kRefused);
  if (revision->is_stateless) return method_not_allowed("POST");
  return std::nullopt;
}

using Found = std::variant<std::shared_ptr<HttpSession>, HttpResponse>;

Found find_session(SessionTable& sessions, const HttpRequest& request, const Caller& caller,
                   const std::optional<jsonrpc::Id>& id = std::nullopt) {
  const std::string* name = request.header("mcp-session-id");
  if (name == nullptr) {
    return error_reply(http_status::kBadRequest, http_code::kRefused,
                       "Mcp-Session-Id is missing: send initialize first, or _meta with every request.", id);
  }
  auto session = sessions.find(*name, HttpSession::Kind::kStreamable, caller.name);
  if (session) return session;
  return no_such_session(id);
}

}  // namespace

HttpResponse StreamableHttp::post(const HttpRequest& request, Peer& peer, const Caller& caller) {
  Decoded decoded = jsonrpc::decode(request.body);
  if (!decoded.is_batch) {
    if (const auto* bad = std::get_if<jsonrpc::Undecodable>(&decoded.items.front())) {
      return error_reply(http_status::kBadRequest, bad->error.code, bad->error.message, bad->id);
    }
  }
  switch (era_of(decoded, request.header("mcp-protocol-version"))) {
    case Era::kStateless: return post_stateless(std::move(decoded), request, peer, caller);
    case Era::kHandshake: return post_in_session(std::move(decoded), request, peer, caller);
    case Era::kUnknown: return unknown_revision(jsonrpc::code::kInvalidParams, sole_request_id(decoded));
    case Era::kContradiction: break;
  }
  return error_reply(http_status::kBadRequest, jsonrpc::code::kHeaderMismatch,
                     "MCP-Protocol-Version names a revision that has no initialize.", sole_request_id(decoded));
}

HttpResponse StreamableHttp::post_stateless(Decoded decoded, const HttpRequest& request, Peer& peer,
                                            const Caller& caller) {
  if (decoded.is_batch) return batch_refused();
  const auto id = sole_request_id(decoded);
  const auto& message = std::get<jsonrpc::Message>(decoded.items.front());
  if (std::holds_alternative<jsonrpc::Notification>(message)) return empty_reply(http_status::kAccepted);
  if (std::holds_alternative<jsonrpc::Response>(message)) {
    return error_reply(http_status::kBadRequest, jsonrpc::code::kInvalidRequest,
                       "This protocol revision has no responses of clients.");
  }
  auto stream = std::make_shared<MessageStream>(stream_options(request, 1));
  const auto session = mcp::Session::create(
      server_, executor_, stream,
      {.caller = caller.name, .caller_key = caller.key, .is_stateless_only = true, .share = share_of(caller.name)});
  const auto connection = std::make_shared<StreamConnection>(
      stream, StreamConnection::Endings{.left = [session] { session->cancel_all(); },
                                        .stopping = [session] { session->drain(kStopGrace); }});
  if (!connection->is_open()) return no_descriptors();
  const mcp::HeaderLookup headers = [&](std::string_view name) { return request.header(name); };
  session->receive(std::move(decoded), stream, &headers);
  return answer(connection, peer, false, id);
}

/// The stateless revision has no session: its requests share what their caller may run at once.
std::shared_ptr<Executor::Share> StreamableHttp::share_of(const std::string& caller) {
  constexpr std::size_t kMaxUnnamed = 3 * HttpSession::kMaxRunning;  // several clients have the server's own key
  const std::lock_guard lock(mutex_);
  std::erase_if(shares_, [](const auto& entry) { return entry.second.expired(); });
  auto& kept = shares_[caller];
  auto share = kept.lock();
  if (!share) {
    share = std::make_shared<Executor::Share>(caller.empty() ? kMaxUnnamed : HttpSession::kMaxRunning);
    kept = share;
  }
  return share;
}

HttpResponse StreamableHttp::post_in_session(Decoded decoded, const HttpRequest& request, Peer& peer,
                                             const Caller& caller) {
  const auto id = sole_request_id(decoded);
  auto found = find_session(sessions_, request, caller, id);
  if (is_initialize(decoded)) {
    // The id of a session that ended, e.g. with a restart of this server, is not in the way of a new one.
    if (std::holds_alternative<HttpResponse>(found)) return open_session(std::move(decoded), request, peer, caller);
    return error_reply(http_status::kBadRequest, jsonrpc::code::kInvalidRequest, "This session is initialized already.",
                       id);
  }
  if (auto* refusal = std::get_if<HttpResponse>(&found)) return std::move(*refusal);
  const auto& session = std::get<std::shared_ptr<HttpSession>>(found);
  if (count_answers(decoded) > 0) {
    if (decoded.is_batch && !session->revision()->has_batches) return batch_refused();
    return answer_requests(std::move(decoded), request, peer, session);
  }
  if (!session->receive(std::move(decoded))) return no_such_session(id);
  return in_session(empty_reply(http_status::kAccepted), *session);
}

HttpResponse StreamableHttp::open_session(Decoded decoded, const HttpRequest& request, Peer& peer,
                                          const Caller& caller) {
  const auto id = sole_request_id(decoded);
  auto session_id = sessions_.new_id();
  auto stream = std::make_shared<MessageStream>(stream_options(request, 1));
  const auto connection = std::make_shared<StreamConnection>(stream, StreamConnection::Endings{});
  if (session_id.empty() || !connection->is_open()) return no_descriptors();
  const auto session =
      std::make_shared<HttpSession>(std::move(session_id), HttpSession::Kind::kStreamable, caller, server_, executor_);
  // initialize is answered before this returns.
  static_cast<void>(session->receive(std::move(decoded), stream));  // true: no other thread knows it yet
  if (session->revision() == nullptr) return answer(connection, peer, false, id);
  if (!sessions_.add(session)) {
    return busy_reply(http_status::kUnavailable, kTooManySessions, id);
  }
  return in_session(answer(connection, peer, false, id), *session);
}

HttpResponse StreamableHttp::answer_requests(Decoded decoded, const HttpRequest& request, Peer& peer,
                                             const std::shared_ptr<HttpSession>& session) {
  const bool is_batch = decoded.is_batch;
  const auto id = sole_request_id(decoded);
  auto options = stream_options(request, count_answers(decoded));
  options.has_priming_event = session->revision()->has_priming_event;
  auto opened = session->streams().open(std::move(options));
  if (const auto* refusal = std::get_if<EventStore::Refusal>(&opened)) return refused(*refusal, id);
  const auto& [stream, reader] = std::get<EventStore::Attached>(opened);
  const auto connection = std::make_shared<StreamConnection>(stream, reader, endings(session, true));
  if (!connection->is_open()) {
    stream->close();
    return no_descriptors();
  }
  if (!session->receive(std::move(decoded), stream)) return no_such_session(id);
  return in_session(answer(connection, peer, is_batch, id), *session);
}

HttpResponse StreamableHttp::get(const HttpRequest& request, const Caller& caller) {
  if (auto refusal = check_session_version(request)) return *std::move(refusal);
  // Some clients try a GET before initialize. 405 says that there is no stream yet (2025-11-25, "Listening for Messages
  // from the Server"); any other refusal would be shown to their users as a failure.
  if (request.header("mcp-session-id") == nullptr) return method_not_allowed("POST");
  const std::string* accept = request.header("accept");
  if (accept == nullptr || !accepts(accept, "text/event-stream")) {
    return error_reply(http_status::kNotAcceptable, http_code::kRefused, "Accept must have text/event-stream.");
  }
  auto found = find_session(sessions_, request, caller);
  if (auto* refusal = std::get_if<HttpResponse>(&found)) return std::move(*refusal);
  const auto& session = std::get<std::shared_ptr<HttpSession>>(found);

  const std::string* last = request.header("last-event-id");
  auto joined = last == nullptr ? session->streams().listen() : session->streams().resume(*last);
  if (const auto* refusal = std::get_if<EventStore::Refusal>(&joined)) return refused(*refusal);
  const auto& [stream, reader] = std::get<EventStore::Attached>(joined);
  const auto connection =
      std::make_shared<StreamConnection>(stream, reader, endings(session, stream->ends_by_itself()));
  if (!connection->is_open()) return no_descriptors();
  const auto write = [connection](Peer& writer) { return connection->write_events(writer); };
  return in_session(event_reply(write), *session);
}

/// Holds the session, so that it is live while one of its streams is open.
StreamConnection::Endings StreamableHttp::endings(const std::shared_ptr<HttpSession>& session, bool is_answer) {
  StreamConnection::Endings endings{.left = [this, session] { sessions_.touch(session->id()); }, .stopping = {}};
  if (is_answer) endings.stopping = [session] { session->drain(kStopGrace); };
  return endings;
}

HttpResponse StreamableHttp::remove(const HttpRequest& request, const Caller& caller) {
  if (auto refusal = check_session_version(request)) return *std::move(refusal);
  auto found = find_session(sessions_, request, caller);
  if (auto* refusal = std::get_if<HttpResponse>(&found)) return std::move(*refusal);
  sessions_.remove(std::get<std::shared_ptr<HttpSession>>(found)->id());
  return empty_reply(http_status::kOk);
}

}  // namespace apmcp::transport
