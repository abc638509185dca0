#pragma once

#include <atomic>
#include <cstddef>

namespace apmcp::listener {

/// How many bytes of bodies all connections together may hold, so that many large requests cannot take the memory that
/// one of them is allowed. Thread-safe.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t bytes) : left_(bytes) {}

  /// False when it is used up; then nothing was taken.
  bool take(std::size_t bytes) {
    std::size_t left = left_.load();
    while (left >= bytes) {
      if (left_.compare_exchange_weak(left, left - bytes)) return true;
    }
    return false;
  }

  void give_back(std::size_t bytes) { left_ += bytes; }

 private:
  std::atomic<std::size_t> left_;
};

/// What the bodies of a listener share.
struct BodyBudgets {
  BodyBudget common;
  BodyBudget apart;  ///< of ListenerOptions::apart
};

}  // namespace apmcp::listener
