#include "mcp/outgoing_requests.h"

#include <algorithm>
#include <string>
#include <utility>

#include "jsonrpc/codec.h"
#include "mcp/input_request.h"

namespace apmcp::mcp {
namespace {

using jsonrpc::Outgoing;

/// What the client says is data: short, and clearly its own words.
constexpr std::size_t kMaxClientWords = 200;

Error refused(const InputRequest& request, const jsonrpc::RpcError& error) {
  return {.code = ErrorCode::kInputRefused,
          .message = "The client refused " + request.method + ": " + error.message.substr(0, kMaxClientWords),
          .data = Json{{"method", request.method}, {"client_code", error.code}}};
}

Error unusable(const InputRequest& request) {
  return {.code = ErrorCode::kInputRefused,
          .message = "The client answered " + request.method + " with something that is no answer to it.",
          .data = Json{{"method", request.method}}};
}

Error timed_out(std::chrono::milliseconds timeout) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout).count();
  return {.code = ErrorCode::kTimeout,
          .message = "The client did not answer within " + std::to_string(seconds) + " seconds.",
          .next_step = "Ask whether somebody is there, then try again."};
}

}  // namespace

Result<std::vector<Json>> OutgoingRequests::ask(std::span<const InputRequest> requests, jsonrpc::MessageSink& sink,
                                                const std::stop_token& stop) {
  if (stop.stop_requested()) return Error{.code = ErrorCode::kCancelled, .message = "Cancelled."};
  const auto count = static_cast<std::int64_t>(requests.size());
  std::int64_t first_id = 0;
  {
    // Known before they are sent: an answer may overtake the return of send().
    const std::lock_guard lock(mutex_);
    first_id = std::exchange(next_id_, next_id_ + count);
    for (std::int64_t i = 0; i < count; ++i) open_.emplace(first_id + i, std::nullopt);
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const InputRequest& request = requests[static_cast<std::size_t>(i)];
    sink.send({.text = jsonrpc::encode_request(first_id + i, request.method, request.params),
               .kind = Outgoing::Kind::kRequest});
  }

  auto answers = await(requests, first_id, stop);

  std::vector<std::int64_t> unanswered;
  {
    const std::lock_guard lock(mutex_);
    for (std::int64_t id = first_id; id < first_id + count; ++id) {
      if (!open_.at(id)) unanswered.push_back(id);
      open_.erase(id);
    }
  }
  for (const std::int64_t id : unanswered) {
    sink.send({.text = jsonrpc::encode_notification("notifications/cancelled", Json{{"requestId", id}}),
               .kind = Outgoing::Kind::kNotification});
  }
  return answers;
}

Result<std::vector<Json>> OutgoingRequests::await(std::span<const InputRequest> requests, std::int64_t first_id,
                                                  const std::stop_token& stop) {
  const Executor::LentPlace lent(executor_);
  const auto deadline = std::chrono::steady_clock::now() + timeout_;
  std::vector<Json> answers;
  for (const InputRequest& request : requests) {
    std::unique_lock lock(mutex_);
    Answer& answer = open_.at(first_id + static_cast<std::int64_t>(answers.size()));
    answered_.wait_until(lock, stop, deadline, [&] { return answer.has_value(); });
    if (!answer) {
      if (stop.stop_requested()) return Error{.code = ErrorCode::kCancelled, .message = "Cancelled."};
      return timed_out(timeout_);
    }
    if (answer->error) return refused(request, *answer->error);
    if (!is_answer(request, answer->result)) return unusable(request);
    answers.push_back(std::move(answer->result));
  }
  return answers;
}

bool OutgoingRequests::receive(jsonrpc::Response response) {
  const auto* id = response.id ? std::get_if<std::int64_t>(&*response.id) : nullptr;
  if (id == nullptr) return false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(*id);
    if (found == open_.end() || found->second) return false;
    found->second = std::move(response);
  }
  answered_.notify_all();
  return true;
}

}  // namespace apmcp::mcp
