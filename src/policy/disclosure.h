#pragma once

#include <optional>
#include <string>

namespace apmcp::policy {

/// The sentence that says an AI is calling. It leads every autonomous call; only the operator can change it or switch
/// it off, never a tool argument.
class Disclosure {
 public:
  static Disclosure standard();
  static Disclosure off();
  static Disclosure text(std::string sentence);

  /// What is spoken first: the disclosure, then `greeting`. Absent when it is off and there is no greeting.
  [[nodiscard]] std::optional<std::string> lead(const std::optional<std::string>& greeting) const;

 private:
  explicit Disclosure(std::string sentence);
  std::string sentence_;  // empty: off
};

}  // namespace apmcp::policy
