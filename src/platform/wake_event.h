#pragma once

#include "platform/unique_fd.h"

namespace apmcp::platform {

/// Lets one thread interrupt another's poll(): descriptor() is readable from signal() until clear(). An eventfd on
/// Linux, a pipe elsewhere. All members may be called from any thread, any number of times.
class WakeEvent {
 public:
  WakeEvent();

  /// False when the system had no descriptor left; the event then never wakes anyone.
  [[nodiscard]] bool is_open() const { return read_end_.is_open(); }

  /// For poll() with POLLIN; never read from it.
  [[nodiscard]] int descriptor() const { return read_end_.get(); }

  [[nodiscard]] bool is_signalled() const;

  void signal() noexcept;

  /// Whoever waits again and again clears first and then looks at what the signal was about: a signal that comes
  /// during the clearing may be swallowed, but what it announced is there by then.
  void clear() noexcept;

 private:
  UniqueFd read_end_;
  UniqueFd write_end_;  ///< not open with an eventfd, which has one end
};

}  // namespace apmcp::platform
