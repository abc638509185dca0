#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sandbox/world.h"

// What happens in the sandbox on its own or from outside, as opposed to what an operation asks for.
namespace apmcp::sandbox {

/// The thread between one of our numbers and a contact, opened on first use.
Conversation& thread_between(World& world, Account& account, const Number& number, const std::string& contact);

/// A text arrives on one of our lines: it joins its thread and goes to the webhook. False when `to` is no line of ours.
bool receive_text(World& world, const std::string& from, const std::string& to, const std::string& body,
                  const std::vector<std::string>& media);

/// Somebody calls one of our lines. The id of the call, or "" when `to` is no line of ours.
std::string receive_call(World& world, const std::string& from, const std::string& to,
                         const std::vector<std::string>& says);

/// Sets a call's turns and its end on the timeline, from now.
void play_call(World& world, const Account& account, const Call& call);

/// Ends a live call from our side: nothing more is said, and it is over a moment later.
void hang_up(World& world, const Account& account, Call& call);

/// The agent's words for a turn that was waiting for the webhook's answer.
void answer_turn(World& world, const Delivery& delivery, const std::string& answer_body);

}  // namespace apmcp::sandbox
