#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agentphone/models.h"
#include "agentphone_mcp/result.h"

// From the service's JSON to the models. Only ids (and what an answer is worthless without) are required; every other
// member may be missing or null, because service versions differ in what they send. Names of members are accepted in
// all published spellings: from_ and from, httpStatus and statusCode. Pure, thread-safe, throws nothing.
// Errors are kInvalidUpstream and name the member ("data[3].id must be a string"), never its value.
namespace apmcp::agentphone {

Result<SignUp> sign_up_from_json(const Json& json);
/// Without the key, which AgentPhoneApi::verify takes out of the answer itself.
Result<Verified> verified_from_json(const Json& json);
Result<Usage> usage_from_json(const Json& json);
Result<Agent> agent_from_json(const Json& json);
Result<DeletedAgent> deleted_agent_from_json(const Json& json);
Result<AttachedNumber> attached_number_from_json(const Json& json);
Result<Voice> voice_from_json(const Json& json);
Result<PhoneNumber> phone_number_from_json(const Json& json);
Result<ReleasedNumber> released_number_from_json(const Json& json);
Result<SentMessage> sent_message_from_json(const Json& json);
Result<Message> message_from_json(const Json& json);
Result<Conversation> conversation_from_json(const Json& json);
Result<Call> call_from_json(const Json& json);
Result<EndedCall> ended_call_from_json(const Json& json);
Result<Webhook> webhook_from_json(const Json& json);
Result<WebhookTest> webhook_test_from_json(const Json& json);

/// The rows of a list: `data` of an object, or a bare array. The first bad row fails the list, named by its place.
template <typename Row>
Result<std::vector<Row>> rows_from_json(const Json& json, Result<Row> (*row_from_json)(const Json&)) {
  const Json* rows = &json;
  if (json.is_object()) {
    const auto data = json.find("data");
    rows = data == json.end() ? nullptr : &*data;
  }
  if (rows == nullptr || !rows->is_array()) {
    return Error{.code = ErrorCode::kInvalidUpstream, .message = "data must be an array"};
  }
  std::vector<Row> result;
  result.reserve(rows->size());
  for (const Json& item : *rows) {
    auto row = row_from_json(item);
    if (!row) {
      Error error = std::move(row).error();
      error.message = "data[" + std::to_string(result.size()) + "]: " + error.message;
      return error;
    }
    result.push_back(*std::move(row));
  }
  return result;
}

/// Whether rows follow a page that has `rows` of them. Older lists leave hasMore out; then the total decides, and
/// without a total a full page counts as "perhaps more".
bool has_more_from_json(const Json& json, std::size_t rows, std::int64_t offset, std::int64_t limit);

std::optional<std::int64_t> total_from_json(const Json& json);

template <typename Row>
Result<Page<Row>> page_from_json(const Json& json, Result<Row> (*row_from_json)(const Json&), std::int64_t offset,
                                 std::int64_t limit) {
  auto rows = rows_from_json(json, row_from_json);
  if (!rows) return std::move(rows).error();
  Page<Row> page;
  page.has_more = has_more_from_json(json, rows->size(), offset, limit);
  page.total = total_from_json(json);
  page.data = *std::move(rows);
  return page;
}

}  // namespace apmcp::agentphone
