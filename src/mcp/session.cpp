#include "mcp/session.h"

#include <algorithm>
#include <utility>

#include "base/json_parse.h"
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

void send_response(jsonrpc::MessageSink& sink, std::string text, int http_status = 200) {
  sink.send({.text = std::move(text), .kind = jsonrpc::Outgoing::Kind::kResponse, .http_status = http_status});
}

/// The answer to a request that was not let in.
void send_refusal(jsonrpc::MessageSink& sink, const jsonrpc::Id& id, const Error& error, bool is_stateless) {
  send_response(sink, jsonrpc::encode_error(id, to_rpc_error(error, is_stateless)),
                is_stateless ? wire_error(error.code).http_status : 200);
  sink.request_over();
}

/// A request that hangs upstream must not hold up the next one for longer than this.
constexpr std::chrono::milliseconds kMaxQueued{750};

Error busy() {
  return {.code = ErrorCode::kBusy,
          .message = "Too many requests are running. Nothing was done. Try again in 1 second.",
          .data = Json{{"retry_after_seconds", 1}}};
}

/// What the connection is told after its handshake; nullptr when there will be none, or nothing to tell.
std::shared_ptr<Subscription> make_subscription(const McpServer& server,
                                                const std::shared_ptr<jsonrpc::MessageSink>& sink,
                                                const Session::Options& options) {
  if (server.subscriptions() == nullptr || options.is_stateless_only) return nullptr;
  return std::make_shared<Subscription>(SubscriptionFilter{}, sink, std::nullopt,
                                        Interest{.party = {.caller = options.caller, .caller_key = options.caller_key},
                                                 .follow = server.subscriptions()->options().follow});
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
    : server_(server),
      executor_(executor),
      sink_(std::move(sink)),
      options_(std::move(options)),
      handshake_(make_subscription(server, sink_, options_)),
      outgoing_(executor, options_.input_timeout),
      listens_(in_flight_) {}

Session::~Session() = default;

void Session::receive(std::string_view text) {
  receive(jsonrpc::decode(text));
}

void Session::receive(jsonrpc::Decoded decoded) {
  receive(std::move(decoded), sink_, nullptr);
}

void Session::receive(jsonrpc::Decoded decoded, const std::shared_ptr<jsonrpc::MessageSink>& reply,
                      const HeaderLookup* headers) {
  if (decoded.is_batch && count_answers(decoded) > 0 && !takes_batch(decoded)) {
    send_response(*reply,
                  jsonrpc::encode_error(std::nullopt, {.code = jsonrpc::code::kInvalidRequest,
                                                       .message = "Batches are not part of this protocol revision."}),
                  wire_error(ErrorCode::kInvalidRequest).http_status);
    reply->request_over();
    return;
  }
  const bool is_gathered = decoded.is_batch && reply == sink_;
  const std::shared_ptr<jsonrpc::MessageSink> answers = is_gathered ? gather(count_answers(decoded)) : reply;
  const Arriving arriving{.reply = answers, .headers = headers, .is_in_batch = decoded.is_batch};
  for (auto& item : decoded.items) receive_item(std::move(item), arriving);
}

std::shared_ptr<jsonrpc::MessageSink> Session::gather(std::size_t answers) {
  auto batch = std::make_shared<jsonrpc::BatchReply>(sink_, answers);
  const std::lock_guard lock(batches_mutex_);
  std::erase_if(batches_, [](const auto& open) { return open.expired(); });
  batches_.push_back(batch);
  return batch;
}

void Session::flush_batches() {
  std::vector<std::weak_ptr<jsonrpc::BatchReply>> batches;
  {
    const std::lock_guard lock(batches_mutex_);
    batches.swap(batches_);
  }
  for (const auto& open : batches) {
    if (const auto batch = open.lock()) batch->flush();
  }
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
  } else if (!outgoing_.receive(std::move(std::get<jsonrpc::Response>(message)))) {
    log::debug("answer_to_nothing");  // late, or to a question of another session
  }
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
  // Who asks for more than the handshake has read the answer to it.
  if (!is_stateless && !admitted->method->before_handshake) start_telling_changes();
  auto ticket = in_flight_.begin(request.id);
  if (!ticket) {
    send_refusal(*arriving.reply, request.id,
                 {.code = ErrorCode::kInvalidRequest, .message = "A request with this id is running."}, is_stateless);
    return;
  }
  auto job = std::make_shared<Job>(Job{admitted->method, std::move(request.params), std::move(admitted->context),
                                       *std::move(ticket), arriving.reply});
  job->context.stop = job->ticket.stop;
  job->context.write_stop = job->method->may_write() ? job->ticket.write_stop : job->ticket.stop;
  job->context.caller = options_.caller;
  job->context.caller_key = options_.caller_key;
  const bool is_listen = job->method->handler == nullptr;
  if (is_listen ? !McpServer::names_tasks(job->params) : job->method->is_quick) {
    run(*job);
  } else if (!executor_.submit([self = shared_from_this(), job] { self->run(*job); },
                               {.share = options_.share,
                                .limit = kMaxQueued,
                                .give_up = [self = shared_from_this(), job] { self->turn_away(*job, busy()); }})) {
    turn_away(*job, busy());
  }
}

/// Answers a request that was admitted and will not be run after all.
void Session::turn_away(Job& job, const Error& error) {
  if (in_flight_.close(job.ticket)) {
    send_refusal(*job.reply, job.ticket.id, error, job.context.revision->is_stateless);
  } else {
    job.reply->request_over();
  }
  in_flight_.release();
}

void Session::listen(Job& job) {
  auto honoured = server_.honour(job.params, options_.caller);
  if (!honoured) return turn_away(job, honoured.error());
  const bool is_open = listens_.open(*server_.subscriptions(),
                                     {.ticket = job.ticket,
                                      .reply = job.reply,
                                      .honoured = *std::move(honoured),
                                      .result = server_.listen_result(job.ticket.id),
                                      .owner = shared_from_this(),
                                      .party = {.caller = options_.caller, .caller_key = options_.caller_key}});
  if (!is_open) turn_away(job, {.code = ErrorCode::kBusy, .message = "Too many subscriptions are open."});
}

void Session::start_telling_changes() {
  const auto& subscription = handshake_.subscription();
  if (is_told_changes_ || subscription == nullptr || revision() == nullptr) return;
  is_told_changes_ = true;
  subscription->add_lists(server_.lists_with_changes());
  server_.subscriptions()->add(subscription);
  subscription->start();
}

void Session::run(Job& job) {
  if (in_flight_.is_open(job.ticket)) {  // else it was cancelled while it waited for a worker
    if (job.method->handler == nullptr) return listen(job);
    RequestNotifications notifications(in_flight_, job.ticket, *job.reply);
    job.context.sink = &notifications;
    SessionInput input(outgoing_, *job.reply, job.ticket.stop);
    const bool has_handshake = job.context.revision != nullptr && !job.context.revision->is_stateless;
    if (has_handshake && job.method->may_ask() && job.reply->carries_requests()) {
      job.context.input = &input;
    }
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
  // Requests are served once initialize was answered; only what we send by ourselves waits for this.
  if (notification.method == "notifications/initialized") start_telling_changes();
  if (notification.method != "notifications/cancelled") return;
  const Json* request_id = member(notification.params, "requestId");
  const auto id = request_id == nullptr ? std::nullopt : jsonrpc::to_id(*request_id);
  if (id && in_flight_.cancel(*id)) listens_.drop_cancelled();
}

bool Session::drain(std::chrono::milliseconds grace) {
  if (finish(std::min(grace, kUntilWaitsEnd))) return true;
  in_flight_.stop_waits();
  if (in_flight_.wait_idle(grace - std::min(grace, kUntilWaitsEnd))) return true;
  stop_all();
  return await_stopped(kUntilNoticed);
}

bool Session::finish(std::chrono::milliseconds grace) {
  if (handshake_.subscription() != nullptr) handshake_.subscription()->abandon(nullptr);
  listens_.finish_all();
  return in_flight_.wait_idle(grace);
}

void Session::stop_all() {
  in_flight_.stop_all();
}

bool Session::await_stopped(std::chrono::milliseconds limit) {
  if (in_flight_.wait_idle(limit)) return true;
  cancel_all();
  flush_batches();
  log::warn("ended_with_a_write_in_flight");
  return false;
}

void Session::cancel_all() {
  in_flight_.cancel_all();
  listens_.drop_cancelled();
}

const Revision* Session::revision() const {
  return handshake_.context().revision;
}

}  // namespace apmcp::mcp
