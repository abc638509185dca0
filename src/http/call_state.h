#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>

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

/// One attempt of one call: its limits going in, its result coming out. Used by the calling thread alone.
struct CallState {
  using Clock = std::chrono::steady_clock;

  /// Ends one phase earlier than the deadline does.
  struct PhaseLimit {
    Clock::time_point until = Clock::time_point::max();
    Fault fault = Fault::kNone;
    const char* detail = "";
  };

  Clock::time_point deadline;  ///< total, for all phases
  std::stop_token stop;
  bool is_write = false;  ///< changes something; once a byte has left, only the deadline ends it
  PhaseLimit phase;

  Stage stage = Stage::kConnect;
  std::uint64_t bytes_sent = 0;  ///< bytes of the request that may have left; zero proves that nothing was sent
  bool is_tls_closed = false;    ///< the peer ended TLS in order; without that anyone on the way may have cut an answer
  Fault fault = Fault::kNone;
  std::string detail;  ///< for people; no key, no body, no certificate dump

  /// Keeps the first fault; later ones are its consequences.
  void fail(Fault why, std::string what) {
    if (fault != Fault::kNone) return;
    fault = why;
    detail = std::move(what);
  }

  [[nodiscard]] bool failed() const { return fault != Fault::kNone; }
};

}  // namespace apmcp::http
