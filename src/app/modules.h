#pragma once

#include "app/module_api.h"

// The parts of the program that are heavy to load: the HTTP stack with TLS, and libphonenumber. A release build for
// Linux carries them as shared objects inside the executable and loads each on first use, because loading them at start
// would cost more than everything else together (docs/adr/0001). Elsewhere they are linked as usual.
namespace apmcp::app {

/// nullptr when the module cannot be loaded now; the reason is in the log, and the next call tries again. Once loaded
/// it stays. Thread-safe.
const NetModule* net_module();
const NumbersModule* numbers_module();

}  // namespace apmcp::app
