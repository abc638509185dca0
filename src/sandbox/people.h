#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apmcp::sandbox {

/// How somebody behaves. Chosen by the last two digits of a fictional number.
enum class Temper {
  kTalks,        ///< answers, talks, agrees on a time; answers texts
  kBusy,         ///< 01
  kVoicemail,    ///< 02
  kNoAnswer,     ///< 03
  kFails,        ///< 04: the call cannot be connected
  kDoNotCall,    ///< 05: asks not to be called or texted again
  kScreener,     ///< 06: a machine asks who calls before the person talks
  kScreenedOut,  ///< 07: the machine takes the call for the person, who does not come
  kTextsCode,    ///< 11: answers a text with a one-time code
  kTextsStop,    ///< 12: answers a text with STOP, then nothing
  kNobody,       ///< not a fictional number: unreachable
};

/// Who lives at `e164`: somebody at +1 NPA-555-0100 to 0199 (the block set aside for fiction), nobody elsewhere.
Temper temper_of(std::string_view e164);
std::string name_of(std::string_view e164);

/// What a call is about, as far as the person at the other end can tell.
struct CallBrief {
  std::string far_end;  ///< E.164
  std::string agent_name;
  std::string system_prompt;
  std::optional<std::string> greeting;  ///< absent: one is made up; "": silent until spoken to
  std::string voicemail_message, screening_identity, screening_purpose;  ///< empty when not set
};

/// One row of a transcript to come: what the far end says, and what the agent answers.
struct Line {
  std::string heard, spoken;
};

/// A call decided in advance; the simulator plays it on its clock.
struct CallPlan {
  std::chrono::seconds rings{4};  ///< until it is answered, or until it is over when there are no lines
  std::vector<Line> lines;
  std::string status = "completed";
  std::string reason;  ///< disconnectionReason
  std::string summary;
  std::string sentiment = "Neutral";
  bool successful = false;
};

CallPlan plan_outbound_call(const CallBrief& brief);

/// A call that somebody makes to the agent. `says` are the caller's lines; empty for the usual ones.
CallPlan plan_inbound_call(const CallBrief& brief, const std::vector<std::string>& says);

struct TextAnswer {
  std::chrono::milliseconds after;
  std::string body;
};

/// What the person texts back to `body`, their `nth` text from this line (from 1). Absent when nobody answers.
std::optional<TextAnswer> answer_text(std::string_view e164, std::string_view body, std::size_t nth);

}  // namespace apmcp::sandbox
