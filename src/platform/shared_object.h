#pragma once

#include <string_view>

namespace apmcp::platform {

/// Loads a shared object from memory and returns the address of `symbol` in it; nullptr when that fails, with the reason
/// in the log. It stays loaded. `name` is for messages. Linux only.
void* load_shared_object(std::string_view name, std::string_view bytes, const char* symbol);

}  // namespace apmcp::platform
