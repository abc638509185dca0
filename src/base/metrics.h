#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace apmcp {

/// What the process counts, for an operator's monitoring (Prometheus text format 0.0.4). Never holds a key, a number, a
/// name of a caller or anything else that came from outside: labels are our own constants. Thread-safe.
class Metrics {
 public:
  Metrics() = default;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// A request over HTTP was answered. `method` is one of ours or "other".
  void count_http_request(std::string_view method, int status);

  /// A tool ran. `outcome` is "done" or the name of an ErrorCode.
  void count_tool_call(std::string_view tool, std::string_view outcome);

  /// A webhook delivery was answered. `outcome` is one of ours.
  void count_delivery(std::string_view outcome);

  /// An upstream request took so long, whatever came of it.
  void observe_upstream(std::chrono::nanoseconds took);

  /// Values that are read rather than counted.
  struct Gauges {
    std::size_t open_sessions = 0;
    std::size_t queued_requests = 0;
  };

  [[nodiscard]] std::string render(const Gauges& gauges) const;

 private:
  using Counters = std::map<std::string, std::uint64_t, std::less<>>;  ///< by label set, as rendered

  void add(Counters& counters, std::string labels);

  static constexpr std::array<double, 9> kUpperBounds{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};  // seconds

  mutable std::mutex mutex_;
  Counters http_requests_;  // guarded by mutex_, like all below
  Counters tool_calls_;
  Counters deliveries_;
  std::array<std::uint64_t, kUpperBounds.size() + 1> upstream_{};  // by bucket, not cumulative; the last is +Inf
  double upstream_seconds_ = 0;
};

}  // namespace apmcp
