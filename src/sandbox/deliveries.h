#pragma once

#include "sandbox/webhook_post.h"
#include "sandbox/world.h"

// Webhook events on their way out. Nothing here does I/O: attempts wait in World::ready for whoever does.
namespace apmcp::sandbox {

/// Queues `agent.message` for an inbound text, when a webhook applies.
void announce_text(World& world, Account& account, const Conversation& conversation, const Message& message);

/// Queues a voice turn of a webhook-driven call. False when no webhook applies.
bool ask_for_turn(World& world, Account& account, const Call& call, const Turn& turn);

/// Queues `agent.call_ended`, when a webhook applies.
void announce_call_end(World& world, Account& account, const Call& call);

/// The event of a test: a made-up inbound text, marked as such.
Delivery test_delivery(World& world, const Account& account, const Webhook& webhook, const std::string& agent_id);

/// The signed request of one attempt. `wall` is real time: receivers compare the timestamp with their own clocks.
PostJob job_for(const Delivery& delivery, TimePoint wall);

/// Counts an attempt's outcome and, after a failure that may pass, sets the next attempt on the timeline.
void finish_attempt(World& world, Delivery delivery, const PostResult& result);

}  // namespace apmcp::sandbox
