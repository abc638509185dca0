#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jsonrpc/message.h"

namespace apmcp::jsonrpc {

/// A text, or an item of a batch, that is not a message. `id` is there when it could be recovered, so that the caller
/// does not wait for ever. A response is never among these, however malformed: answering it could start an endless
/// exchange of errors between two programs.
struct Undecodable {
  RpcError error;
  std::optional<Id> id;
};

struct Decoded {
  std::vector<std::variant<Message, Undecodable>> items;  ///< one, unless is_batch
  bool is_batch = false;
};

/// The largest batch that is taken (2025-03-26 asks for batches, and names no bound).
inline constexpr std::size_t kMaxBatch = 100;

/// The only place that reads the envelope. Pure; limits on size, depth and the rest come from JsonLimits. An object
/// without "method" that has "result" or "error" is a response; when malformed, its `error` says so.
Decoded decode(std::string_view text);

/// The same for a text that is known to be too long, of which only the beginning and the end were kept.
Decoded decode_cut(std::string_view head, std::string_view tail, std::string message);

/// How many of the items are answered, unless they are cancelled: requests, and what is not a message.
std::size_t count_answers(const Decoded& decoded);

/// The id that `value` is: a string of at most kMaxJsonIdBytes, or an integer of 64 bits with sign. Absent for anything
/// else; no value is converted, so 1.0, "1" and 2^64-1 name neither 1 nor -1.
std::optional<Id> to_id(const Json& value);

/// The only places that write the envelope. Compact, one line, valid UTF-8 whatever goes in. `result` is JSON text.
std::string encode_result(const Id& id, std::string_view result);
std::string encode_error(const std::optional<Id>& id, const RpcError& error);
std::string encode_request(const Id& id, std::string_view method, const Json& params);
std::string encode_notification(std::string_view method, const Json& params);

}  // namespace apmcp::jsonrpc
