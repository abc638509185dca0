#include "mcp/session.h"

#include <utility>

#include "base/log.h"
#include "mcp/envelope.h"
#include "mcp/wire_error.h"

namespace apmcp::mcp {
namespace {

/// Notifications of one running request; silent once its answer was sent or it was cancelled.
class RequestNotifications final : public NotificationSink {
 public:
  RequestNotifications(const InFlight& in_flight, const InFlight::Ticket& ticket, jsonrpc::MessageSink& sink)
      : in_flight_(in_flight), ticket_(ticket), sink_(sink) {}

  void notify(std::string_view method, const Json& params) override {
    if (!in_flight_.is_open(ticket_)) return;
    sink_.send({.text = jsonrpc::encode_notification(method, params), .kind = jsonrpc::Outgoing::Kind::kNotification});
  }

  void release_connection(std::chrono::milliseconds retry) override {
    if (in_flight_.is_open(ticket_)) sink_.release_connection(retry);
  }

 private:
  const InFlight& in_flight_;
  const InFlight::Ticket& ticket_;
  jsonrpc::MessageSink& sink_;
};

/// `requestId` of notifications/cancelled, typed as the request's id was.
std::optional<jsonrpc::Id> cancelled_id(const Json& params) {
  if (!params.is_object()) return std::nullopt;
  const auto found = params.find("requestId");
  if (found == params.end()) return std::nullopt;
  if (found->is_string()) return jsonrpc::Id(found->get<std::string>());
  if (found->is_number_integer()) return jsonrpc::Id(found->get<std::int64_t>());
  return std::nullopt;
}

void send_response(jsonrpc::MessageSink& sink, std::string text, int http_status = 200) {
  sink.send({.text = std::move(text), .kind = jsonrpc::Outgoing::Kind::kResponse, .http_status = http_status});
}

/// The answer to a request that was not let in.
void send_refusal(jsonrpc::MessageSink& sink, const jsonrpc::Id& id, const Error& error, bool is_stateless) {
  send_response(sink, jsonrpc::encode_error(id, to_rpc_error(error, is_stateless)),
                is_stateless ? wire_error(error.code).http_status : 200);
  sink.request_over();
}

}  // namespace

struct Session::Job {
  const McpServer::Method* method;
  Json params;
  RequestContext context;
  InFlight::Ticket ticket;
  std::shared_ptr<jsonrpc::MessageSink> reply;
};

std::shared_ptr<Session> Session::create(const McpServer& server, Executor& executor,
                                         std::shared_ptr<jsonrpc::MessageSink> sink, Options options) {
  return std::shared_ptr<Session>(new Session(server, executor, std::move(sink), std::move(options)));
}

Session::Session(const McpServer& server, Executor& executor, std::shared_ptr<jsonrpc::MessageSink> sink,
                 Options options)
    : server_(server), executor_(executor), sink_(std::move(sink)), options_(std::move(options)) {}

Session::~Session() = default;

void Session::receive(std::string_view text) {
  receive(jsonrpc::decode(text), sink_, nullptr);
}

void Session::receive(jsonrpc::Decoded decoded, const std::shared_ptr<jsonrpc::MessageSink>& reply,
                      const HeaderLookup* headers) {
  const Arriving arriving{.reply = reply, .headers = headers, .is_in_batch = decoded.is_batch};
  if (decoded.is_batch && !takes_batch(decoded)) {
    send_response(*reply,
                  jsonrpc::encode_error(std::nullopt, {.code = jsonrpc::code::kInvalidRequest,
                                                       .message = "Batches are not part of this protocol revision."}),
                  wire_error(ErrorCode::kInvalidRequest).http_status);
    reply->request_over();
    return;
  }
  for (auto& item : decoded.items) receive_item(std::move(item), arriving);
}

bool Session::takes_batch(const jsonrpc::Decoded& decoded) const {
  const Revision* revision = handshake_.context().revision;
  if (revision == nullptr || !revision->has_batches) return false;
  for (const auto& item : decoded.items) {
    const auto* message = std::get_if<jsonrpc::Message>(&item);
    const auto* request = message == nullptr ? nullptr : std::get_if<jsonrpc::Request>(message);
    if (request != nullptr && has_envelope(request->params)) return false;
  }
  return true;
}

void Session::receive_item(std::variant<jsonrpc::Message, jsonrpc::Undecodable> item, const Arriving& arriving) {
  if (const auto* bad = std::get_if<jsonrpc::Undecodable>(&item)) {
    send_response(*arriving.reply, jsonrpc::encode_error(bad->id, bad->error),
                  wire_error(ErrorCode::kInvalidRequest).http_status);
    arriving.reply->request_over();
    return;
  }
  auto& message = std::get<jsonrpc::Message>(item);
  if (auto* request = std::get_if<jsonrpc::Request>(&message)) {
    receive_request(std::move(*request), arriving);
  } else if (const auto* notification = std::get_if<jsonrpc::Notification>(&message)) {
    receive_notification(*notification);
  }
  // A response: this server has asked nothing, so there is nothing it could belong to.
}

void Session::refuse(const jsonrpc::Undecodable& what) {
  send_response(*sink_, jsonrpc::encode_error(what.id, what.error));
}

void Session::receive_request(jsonrpc::Request request, const Arriving& arriving) {
  const bool is_stateless = options_.is_stateless_only || has_envelope(request.params);
  auto admitted = admit(server_, request,
                        {.handshake = handshake_,
                         .is_in_batch = arriving.is_in_batch,
                         .is_stateless_only = options_.is_stateless_only,
                         .headers = arriving.headers});
  if (!admitted) {
    send_refusal(*arriving.reply, request.id, admitted.error(), is_stateless);
    return;
  }
  auto ticket = in_flight_.begin(request.id);
  if (!ticket) {
    send_refusal(*arriving.reply, request.id,
                 {.code = ErrorCode::kInvalidRequest, .message = "A request with this id is running."}, is_stateless);
    return;
  }
  auto job = std::make_shared<Job>(Job{admitted->method, std::move(request.params), std::move(admitted->context),
                                       *std::move(ticket), arriving.reply});
  job->context.stop = job->ticket.stop;
  job->context.caller = options_.caller;
  job->context.caller_key = options_.caller_key;
  if (job->method->is_quick) {
    run(*job);
  } else if (!executor_.submit([self = shared_from_this(), job] { self->run(*job); })) {
    if (in_flight_.close(job->ticket)) {
      send_refusal(*job->reply, job->ticket.id,
                   {.code = ErrorCode::kBusy, .message = "Too many requests are waiting. Try again shortly."},
                   is_stateless);
    } else {
      job->reply->request_over();
    }
    in_flight_.release();
  }
}

void Session::run(Job& job) {
  if (in_flight_.is_open(job.ticket)) {  // else it was cancelled while it waited for a worker
    RequestNotifications notifications(in_flight_, job.ticket, *job.reply);
    job.context.sink = &notifications;
    auto result = server_.run(*job.method, job.params, job.context, handshake_);
    // The only exit: whatever happened above, the entry is closed once, and answered once if nobody cancelled it.
    if (!in_flight_.close(job.ticket)) {
      log::info("cancelled", {{"method", std::string(job.method->name)}});
    } else if (result) {
      send_response(*job.reply, jsonrpc::encode_result(job.ticket.id, *result));
    } else {
      const bool is_stateless = job.context.revision != nullptr && job.context.revision->is_stateless;
      const bool needs_status = is_stateless && result.error().code == ErrorCode::kMissingCapability;
      send_response(*job.reply, jsonrpc::encode_error(job.ticket.id, to_rpc_error(result.error(), is_stateless)),
                    needs_status ? wire_error(result.error().code).http_status : 200);
    }
  }
  job.reply->request_over();
  in_flight_.release();
}

void Session::receive_notification(const jsonrpc::Notification& notification) {
  // notifications/initialized changes nothing for us: requests are served once initialize was answered.
  if (notification.method != "notifications/cancelled") return;
  if (const auto id = cancelled_id(notification.params)) in_flight_.cancel(*id);
}

bool Session::drain(std::chrono::milliseconds grace) {
  if (in_flight_.wait_idle(grace)) return true;
  in_flight_.cancel_all();
  constexpr std::chrono::seconds kUntilNoticed{2};
  if (in_flight_.wait_idle(kUntilNoticed)) return true;
  log::warn("ended_with_a_write_in_flight");
  return false;
}

void Session::cancel_all() {
  in_flight_.cancel_all();
}

const Revision* Session::revision() const {
  return handshake_.context().revision;
}

}  // namespace apmcp::mcp
