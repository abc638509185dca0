#include "sandbox/runner.h"

namespace apmcp::sandbox {

Runner::Runner(Simulator& simulator)
    : thread_([&simulator](const std::stop_token& stop) {
        while (simulator.wait_until_due(stop)) simulator.deliver_due(stop);
      }) {}

}  // namespace apmcp::sandbox
