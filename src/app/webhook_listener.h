#pragma once

#include <memory>
#include <variant>

#include "agentphone_mcp/config.h"
#include "app/complaint.h"
#include "listener/http_listener.h"

namespace apmcp::app {

class PhoneServer;

/// Receives webhook deliveries at an address of their own, until it is destroyed; then `phone` must still be there.
/// nullptr when none is configured.
std::variant<std::unique_ptr<listener::HttpListener>, Complaint> listen_for_webhooks(const Config::Inbox& inbox,
                                                                                     PhoneServer& phone);

}  // namespace apmcp::app
