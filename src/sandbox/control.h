#pragma once

#include "sandbox/simulator.h"

namespace apmcp::sandbox {

/// True for paths of the control API, "/_sandbox/...". Only the served simulator offers it.
bool is_control_path(std::string_view target);

/// Answers one request of the control API; see docs/sandbox.md. Needs no key: it listens on loopback only.
WireAnswer handle_control(Simulator& simulator, const WireRequest& request);

}  // namespace apmcp::sandbox
