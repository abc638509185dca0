#pragma once

#include <thread>

#include "sandbox/simulator.h"

namespace apmcp::sandbox {

/// Keeps a simulator's time going where nobody asks: sends the webhook events that are due, as soon as they are.
/// One thread, joined on destruction, which also breaks off a post that is under way.
class Runner {
 public:
  /// `simulator` outlives the runner.
  explicit Runner(Simulator& simulator);

 private:
  std::jthread thread_;
};

}  // namespace apmcp::sandbox
