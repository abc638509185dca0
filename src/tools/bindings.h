#pragma once

#include <span>

#include "tools/bind.h"

// One table per area; the functions themselves stand in the file of the area.
namespace apmcp::tools {

std::span<const Binding> signup_bindings();
std::span<const Binding> account_bindings();
std::span<const Binding> agent_bindings();
std::span<const Binding> voice_bindings();
std::span<const Binding> number_bindings();
std::span<const Binding> message_bindings();
std::span<const Binding> wait_bindings();
std::span<const Binding> call_bindings();
std::span<const Binding> webhook_bindings();
std::span<const Binding> event_bindings();

}  // namespace apmcp::tools
