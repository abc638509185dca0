#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace apmcp {

/// A key or a webhook secret in memory. It has no stream operator and no JSON conversion, so that it cannot reach a
/// log or a result by accident; the bytes are overwritten when it goes. Copying is explicit.
class Secret {
 public:
  Secret() = default;

  explicit Secret(std::string text) : text_(std::move(text)) {}

  ~Secret() { wipe(); }

  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }

  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      text_ = std::move(other.text_);
      other.wipe();
    }
    return *this;
  }

  [[nodiscard]] Secret clone() const { return Secret(text_); }

  [[nodiscard]] bool empty() const { return text_.empty(); }

  /// The plain text, for the one place that puts it on the wire or in its file.
  [[nodiscard]] const std::string& reveal() const { return text_; }

  /// What may be shown: the prefix and the last four characters, "sk_live_...9f3c".
  [[nodiscard]] std::string masked() const;

 private:
  void wipe();

  std::string text_;
};

}  // namespace apmcp
