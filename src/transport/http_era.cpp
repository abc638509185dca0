#include "transport/http_era.h"

#include <algorithm>

#include "mcp/envelope.h"
#include "mcp/revision.h"

namespace apmcp::transport {
namespace {

using jsonrpc::Decoded;
using jsonrpc::Message;
using jsonrpc::Request;
using Item = decltype(Decoded::items)::value_type;

const Request* request_of(const Item& item) {
  const auto* message = std::get_if<Message>(&item);
  return message == nullptr ? nullptr : std::get_if<Request>(message);
}

bool is_stateless(const Item& item) {
  const auto* message = std::get_if<Message>(&item);
  if (message == nullptr) return false;
  if (const auto* request = std::get_if<Request>(message)) return mcp::has_envelope(request->params);
  const auto* notification = std::get_if<jsonrpc::Notification>(message);
  return notification != nullptr && mcp::has_envelope(notification->params);
}

const Request* sole_request(const Decoded& decoded) {
  return decoded.is_batch || decoded.items.empty() ? nullptr : request_of(decoded.items.front());
}

}  // namespace

bool has_stateless_item(const Decoded& decoded) {
  return std::any_of(decoded.items.begin(), decoded.items.end(), is_stateless);
}

bool is_initialize(const Decoded& decoded) {
  const Request* request = sole_request(decoded);
  return request != nullptr && request->method == "initialize";
}

std::optional<jsonrpc::Id> sole_request_id(const Decoded& decoded) {
  const Request* request = sole_request(decoded);
  return request == nullptr ? std::nullopt : std::optional(request->id);
}

Era era_of(const Decoded& decoded, const std::string* version) {
  if (has_stateless_item(decoded)) return Era::kStateless;
  const mcp::Revision* revision = version == nullptr ? nullptr : mcp::find_revision(*version);
  const bool names_stateless = revision != nullptr && revision->is_stateless;
  if (is_initialize(decoded)) return names_stateless ? Era::kContradiction : Era::kHandshake;
  if (version == nullptr) return Era::kHandshake;
  if (revision == nullptr) return Era::kUnknown;
  return names_stateless ? Era::kStateless : Era::kHandshake;
}

}  // namespace apmcp::transport
