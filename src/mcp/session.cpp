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
    if (in_flight_.is_open(ticket_)) sink_.send(jsonrpc::encode_notification(method, params));
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

Error method_not_found(const std::string& method) {
  return {.code = ErrorCode::kMethodNotFound, .message = "Method not found: " + method.substr(0, 64)};
}

}  // namespace

struct Session::Job {
  const McpServer::Method* method;
  Json params;
  RequestContext context;
  InFlight::Ticket ticket;
};

Session::Session(const McpServer& server, Executor& executor, std::shared_ptr<jsonrpc::MessageSink> sink)
    : server_(server), executor_(executor), sink_(std::move(sink)) {}

void Session::receive(std::string_view text) {
  jsonrpc::Decoded decoded = jsonrpc::decode(text);
  if (decoded.is_batch && !takes_batch(decoded)) {
    refuse({.error = {.code = jsonrpc::code::kInvalidRequest,
                      .message = "Batches are not part of this protocol revision."},
            .id = std::nullopt});
    return;
  }
  for (auto& item : decoded.items) receive_item(std::move(item), decoded.is_batch);
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

void Session::receive_item(std::variant<jsonrpc::Message, jsonrpc::Undecodable> item, bool in_batch) {
  if (const auto* bad = std::get_if<jsonrpc::Undecodable>(&item)) {
    refuse(*bad);
    return;
  }
  auto& message = std::get<jsonrpc::Message>(item);
  if (auto* request = std::get_if<jsonrpc::Request>(&message)) {
    receive_request(std::move(*request), in_batch);
  } else if (const auto* notification = std::get_if<jsonrpc::Notification>(&message)) {
    receive_notification(*notification);
  }
  // A response: this server has asked nothing, so there is nothing it could belong to.
}

void Session::refuse(const jsonrpc::Undecodable& what) {
  sink_->send(jsonrpc::encode_error(what.id, what.error));
}

Result<RequestContext> Session::admit(const jsonrpc::Request& request, bool in_batch,
                                      const McpServer::Method*& method) const {
  method = McpServer::find_method(request.method);
  if (has_envelope(request.params)) {
    auto context = read_envelope(request.params);
    if (context && (method == nullptr || !method->stateless)) return method_not_found(request.method);
    return context;
  }
  RequestContext context = handshake_.context();
  if (context.revision == nullptr) {
    if (method == nullptr || !method->before_handshake) {
      const bool stateless_only = method != nullptr && !method->with_handshake;
      return Error{.code = stateless_only ? ErrorCode::kInvalidParams : ErrorCode::kNotInitialized,
                   .message = stateless_only ? "The request needs _meta with the protocol version."
                                             : "Not initialized: send initialize first, or _meta with every request."};
    }
  } else if (method == nullptr || !method->with_handshake) {
    return method_not_found(request.method);
  }
  if (in_batch && method->before_handshake && request.method != "ping") {
    return Error{.code = ErrorCode::kInvalidRequest, .message = "initialize must not be part of a batch."};
  }
  read_progress_token(request.params, context);
  return context;
}

void Session::receive_request(jsonrpc::Request request, bool in_batch) {
  const McpServer::Method* method = nullptr;
  auto context = admit(request, in_batch, method);
  if (!context) {
    answer_error(request.id, context.error());
    return;
  }
  auto ticket = in_flight_.begin(request.id);
  if (!ticket) {
    answer_error(request.id, {.code = ErrorCode::kInvalidRequest, .message = "A request with this id is running."});
    return;
  }
  auto job = std::make_shared<Job>(Job{method, std::move(request.params), *std::move(context), *std::move(ticket)});
  job->context.stop = job->ticket.stop;
  if (method->is_quick) {
    run(*job);
  } else if (!executor_.submit([this, job] { run(*job); })) {
    if (in_flight_.close(job->ticket)) {
      answer_error(job->ticket.id,
                   {.code = ErrorCode::kBusy, .message = "Too many requests are waiting. Try again shortly."});
    }
    in_flight_.release();
  }
}

void Session::run(Job& job) {
  if (!in_flight_.is_open(job.ticket)) {  // cancelled while it waited for a worker
    in_flight_.release();
    return;
  }
  RequestNotifications notifications(in_flight_, job.ticket, *sink_);
  job.context.sink = &notifications;
  auto result = server_.run(*job.method, job.params, job.context, handshake_);
  // The only exit: whatever happened above, the entry is closed once, and answered once if nobody cancelled it.
  if (in_flight_.close(job.ticket)) {
    if (result) {
      sink_->send(jsonrpc::encode_result(job.ticket.id, *result));
    } else {
      answer_error(job.ticket.id, result.error());
    }
  } else {
    log::info("cancelled", {{"method", std::string(job.method->name)}});
  }
  in_flight_.release();
}

void Session::receive_notification(const jsonrpc::Notification& notification) {
  // notifications/initialized changes nothing for us: requests are served once initialize was answered.
  if (notification.method != "notifications/cancelled") return;
  if (const auto id = cancelled_id(notification.params)) in_flight_.cancel(*id);
}

void Session::answer_error(const jsonrpc::Id& id, const Error& error) {
  sink_->send(jsonrpc::encode_error(id, to_rpc_error(error)));
}

bool Session::drain(std::chrono::milliseconds grace) {
  if (in_flight_.wait_idle(grace)) return true;
  in_flight_.cancel_all();
  constexpr std::chrono::seconds kUntilNoticed{2};
  if (in_flight_.wait_idle(kUntilNoticed)) return true;
  log::warn("ended_with_a_write_in_flight");
  return false;
}

}  // namespace apmcp::mcp
