#pragma once

#include <functional>
#include <string>
#include <vector>

namespace apmcp::test {

/// Answers the lookups of one host name in place of the system, in the whole process, while it lives: the test binary
/// defines getaddrinfo(), which libcurl then finds first. ELF systems only.
class FakeName {
 public:
  /// Ports of 127.0.0.1, in the order of the answer; none: the name does not exist.
  using Lookup = std::function<std::vector<int>()>;

  /// `lookup` is called on the thread that asks, also on several at once.
  FakeName(std::string host, Lookup lookup);

  /// Waits for lookups that are still running.
  ~FakeName();
  FakeName(const FakeName&) = delete;
  FakeName& operator=(const FakeName&) = delete;

  /// The ports for `host`; false when no fake answers for it.
  static bool answer(const std::string& host, std::vector<int>& ports);

 private:
  const std::string host_;
  const Lookup lookup_;
  int running_ = 0;
};

}  // namespace apmcp::test
