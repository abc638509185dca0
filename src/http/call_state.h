#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>

#include "platform/wake_event.h"

namespace apmcp::http {

/// How far one attempt came.
enum class Stage { kConnect, kSend, kReceive };

/// Why an attempt gave no answer.
enum class Fault {
  kNone,
  kStopped,      ///< the caller's stop token fired
  kDeadline,     ///< the total deadline passed
  kUnreachable,  ///< no address, refused, no route, no answer to the connect
  kTls,          ///< certificate or protocol not acceptable: the same tomorrow, so never repeated
  kBroken,       ///< the peer closed or reset the connection
  kMalformed,    ///< the answer is not HTTP that we accept, or is over a limit
  kLocal,        ///< this machine: no file descriptor, no CA file, an exception of a library
};

/// One attempt of one call: its limits going in, its fate coming out. Used by the calling thread alone; the stop
/// callback only touches `wake`.
struct CallState {
  using Clock = std::chrono::steady_clock;

  Clock::time_point deadline;                                ///< total, for all phases
  Clock::time_point quiet_until = Clock::time_point::max();  ///< of a stream: without a byte by then it is broken
  std::stop_token stop;
  const platform::WakeEvent* wake = nullptr;  ///< readable once `stop` fired
  bool is_write = false;  ///< changes something: once a byte left, its answer is worth more than a quick stop

  Stage stage = Stage::kConnect;
  /// Bytes of the request that may have left. Raised before each write; lowered again only where the system says that
  /// it took less. Zero therefore proves that nothing was sent.
  std::uint64_t bytes_sent = 0;
  bool answer_began = false;  ///< a byte of the answer arrived
  Fault fault = Fault::kNone;
  std::string detail;  ///< for people; no key, no body, no certificate dump

  /// Remembers the first fault; later ones are its consequences.
  void fail(Fault why, std::string what) {
    if (fault != Fault::kNone) return;
    fault = why;
    detail = std::move(what);
  }

  [[nodiscard]] bool failed() const { return fault != Fault::kNone; }
};

/// Waits until `fd` shows one of the poll(2) `events` (or an error, which the next call on it will tell). False after a
/// stop (but for a write that has begun to leave, which only the deadline ends) or at the deadline; the call has then
/// failed.
bool wait_for(CallState& call, int fd, short events);

/// Milliseconds for poll(2) until `when`, rounded up, 0 when it is past.
int poll_timeout(CallState::Clock::time_point when);

}  // namespace apmcp::http
