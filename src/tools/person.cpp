#include "tools/person.h"

#include <utility>

#include "tools/untrusted.h"

namespace apmcp::tools {
namespace {

constexpr const char* kAskInWords = "Ask the person in the conversation, and call again only if they want it.";

Error closed_by_person() {
  return {.code = ErrorCode::kInputRefused,
          .message = "The person closed the question without an answer. Nothing was done.",
          .next_step = kAskInWords,
          .data = {{"answer", "cancelled"}}};
}

Error unanswered(Error error) {
  const bool is_final = error.code == ErrorCode::kTimeout || error.code == ErrorCode::kInputRefused;
  if (!is_final) return error;
  error.message += " Nothing was done.";
  error.next_step = kAskInWords;
  if (!error.data.is_object()) error.data = Json::object();
  error.data["answer"] = "none";
  return error;
}

}  // namespace

bool can_ask_person(const mcp::RequestContext& context) {
  return context.can(mcp::input_method::kElicit, {{"mode", "form"}});
}

Error declined_by_person() {
  return {.code = ErrorCode::kInputRefused,
          .message = "The person declined. Nothing was done.",
          .next_step = "Leave it at that: call again only if the person asks for it.",
          .data = {{"answer", "declined"}}};
}

Result<Json> ask_person(PersonQuestion question, mcp::RequestContext& context) {
  Json params{{"mode", "form"},
              {"message", std::move(question.message)},
              {"requestedSchema",
               {{"type", "object"},
                {"properties", {{question.field, std::move(question.property)}}},
                {"required", Json::array({question.field})}}}};
  clean_strings(params, false);
  auto answer = context.ask(
      {.key = question.field, .method = std::string(mcp::input_method::kElicit), .params = std::move(params)},
      mcp::AnswerProof::kSealed);
  if (!answer) return unanswered(std::move(answer).error());
  const std::string action = (*answer)["action"].get<std::string>();
  if (action == "decline") return declined_by_person();
  if (action != "accept") return closed_by_person();
  return std::move((*answer)["content"][question.field]);
}

}  // namespace apmcp::tools
