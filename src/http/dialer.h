#pragma once

#include <functional>
#include <span>
#include <sys/socket.h>
#include <vector>

#include <curl/curl.h>

#include "http/call_state.h"
#include "platform/unique_fd.h"

namespace apmcp::http {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

/// Waits until one of the descriptors is ready, `until` has come, or the call failed: then false.
using WaitFor = std::function<bool(std::span<curl_waitfd> watched, CallState::Clock::time_point until)>;

/// Connects to the first address that answers. Addresses are started 250 ms apart, or at once when the one before
/// failed, so that a dead one costs a moment and not the deadline (RFC 8305, without its sorting; libcurl tries the
/// addresses of one family one after the other). Gives up after 10 s. Not open when the call failed.
platform::UniqueFd dial(const std::vector<Address>& addresses, CallState& call, const WaitFor& wait);

}  // namespace apmcp::http
