#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/result.h"

namespace apmcp::mcp {

/// What a request may ask its client for (2025-06-18 to 2026-07-28, "Elicitation", "Sampling", "Roots").
namespace input_method {
inline constexpr std::string_view kElicit = "elicitation/create";
inline constexpr std::string_view kSample = "sampling/createMessage";
inline constexpr std::string_view kListRoots = "roots/list";
}  // namespace input_method

/// One question to the client. `params` in the shape of the newest revision; what older ones do not know is taken out
/// on the way.
struct InputRequest {
  std::string key;        ///< names the answer; the same in every run of a handler, unique among those of one request
  std::string method;     ///< one of input_method
  Json params = nullptr;  ///< object; null: none (roots/list)
};

/// How sure a handler must be that an answer was given to its own question.
enum class AnswerProof {
  kNone,  ///< an answer by its key is enough: 2026-07-28 clients may send one that nobody asked for
  /// For what spends or destroys: the answer comes with state that this server sealed when it asked this very question
  /// about this very call, and the state was not used before. Answers of handshake revisions are always such.
  kSealed,
};

/// The way to the client while one request is served. Used through RequestContext, by the handler's thread.
class InputChannel {
 public:
  InputChannel() = default;
  InputChannel(const InputChannel&) = delete;
  InputChannel& operator=(const InputChannel&) = delete;
  virtual ~InputChannel() = default;

  /// The answers in the order of `requests`, which the client declared it can serve. See RequestContext::ask.
  virtual Result<std::vector<Json>> ask(std::span<const InputRequest> requests, AnswerProof proof) = 0;
};

}  // namespace apmcp::mcp
