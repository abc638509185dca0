#pragma once

#include <vector>

#include "http/call_state.h"
#include "http/resolver.h"
#include "platform/unique_fd.h"

namespace apmcp::http {

/// Connects to the first address that answers. Addresses are started 250 ms apart, or at once when the one before
/// failed, so that a dead one costs a moment and not the deadline (RFC 8305, without its sorting). Gives up after 10 s
/// even when the deadline is later. Not open when the call failed.
platform::UniqueFd dial(const std::vector<Address>& addresses, CallState& call);

}  // namespace apmcp::http
