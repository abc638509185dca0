#pragma once

#include "tools/bind.h"

namespace apmcp::tools {

/// Runs one tool, with what holds for all of them and belongs to none:
///   1. an argument that carries an API key or a webhook secret is refused before any traffic (kPolicyDenied);
///   2. a tool with a preview needs the yes of the person, who is asked where the client can show a form, or else
///      `confirm` to be JSON true (services.confirmation says which of the two the operator trusts). Anything else
///      changes nothing and is kNeedsConfirmation or kPolicyDenied with the preview in message and data, or an error of
///      ask_person;
///   3. an outcome that is not known says what is known and where to check (what sends, calls, buys or creates has been
///      looked up by reading before), and a write that was cancelled after it left is logged;
///   4. those who follow a resource that the tool changed are told (changes.h);
///   5. nothing in the result can hide from the reader, and no key or secret is in it (a webhook secret only when
///      `reveal_secret` is true).
/// Thread-safe; throws nothing.
Result<ToolOutput> invoke(const Binding& binding, const Json& arguments, ToolServices& services,
                          mcp::RequestContext& context);

/// Goes on with a call as a task: binding.follow, which must not be null, with 3. and 4. of the above.
Result<ToolOutput> follow_up(const Binding& binding, const Json& state, ToolServices& services,
                             mcp::RequestContext& context);

}  // namespace apmcp::tools
