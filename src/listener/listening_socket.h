#pragma once

#include <string>

#include "agentphone_mcp/result.h"
#include "platform/unique_fd.h"

namespace apmcp::listener {

/// A bound and listening TCP socket, non-blocking, closed on exec, with a port of its own: nobody else can bind it
/// while it is open.
struct ListeningSocket {
  platform::UniqueFd fd;
  int port = 0;  ///< the real one when 0 was asked for
};

/// `host` is an IPv4 or IPv6 literal. Error{kUpstreamDown} says what cannot be had and why.
Result<ListeningSocket> listen_on(const std::string& host, int port);

/// The next connection: non-blocking, closed on exec, sends at once (TCP_NODELAY), never raises SIGPIPE, and ends by
/// itself within a minute when the peer has vanished. Not open when there is none; errno says why.
platform::UniqueFd accept_connection(int listening_fd);

}  // namespace apmcp::listener
