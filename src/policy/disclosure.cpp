#include "policy/disclosure.h"

#include <string_view>
#include <utility>

namespace apmcp::policy {
namespace {

std::string trimmed(std::string text) {
  constexpr std::string_view kWhite = " \t\r\n";
  text.erase(text.find_last_not_of(kWhite) + 1);
  text.erase(0, text.find_first_not_of(kWhite));
  return text;
}

}  // namespace

Disclosure::Disclosure(std::string sentence) : sentence_(std::move(sentence)) {}

Disclosure Disclosure::standard() {
  return Disclosure("Hello, this is an AI assistant calling.");
}

Disclosure Disclosure::off() {
  return Disclosure(std::string());
}

Disclosure Disclosure::text(std::string sentence) {
  return Disclosure(trimmed(std::move(sentence)));
}

std::optional<std::string> Disclosure::lead(const std::optional<std::string>& greeting) const {
  if (sentence_.empty()) return greeting;
  const std::string rest = trimmed(greeting.value_or(std::string()));
  if (rest.empty()) return sentence_;
  // A caller that took the sentence over from an earlier result should not have it spoken twice.
  if (rest.starts_with(sentence_)) return rest;
  return sentence_ + " " + rest;
}

}  // namespace apmcp::policy
