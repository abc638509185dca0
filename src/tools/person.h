#pragma once

#include <string>

#include "agentphone_mcp/tool.h"

// Questions to the person at the client. Tools ask here and nowhere else, so that no is no in the same words
// everywhere.
namespace apmcp::tools {

/// A form with one required field.
struct PersonQuestion {
  std::string field;    ///< snake_case; names the answer, too
  std::string message;  ///< what the person reads
  Json property;        ///< schema of the field, as the newest revision has it
};

/// True when the client declared that it shows forms.
bool can_ask_person(const mcp::RequestContext& context);

/// What the person put into the field. Each answer counts once: it is bound to this question and this call
/// (AnswerProof::kSealed). kInputRefused when they declined or closed the form, kTimeout when nobody answered; both say
/// that nothing was done, so ask before anything is. Other errors as RequestContext::ask; return all of them at once.
Result<Json> ask_person(PersonQuestion question, mcp::RequestContext& context);

/// The answer to a call that the person said no to.
Error declined_by_person();

}  // namespace apmcp::tools
