#include "base/secret.h"

namespace apmcp {

std::string Secret::masked() const {
  if (text_.size() < 16) return "***";
  const std::size_t prefix = text_.rfind('_') == std::string::npos ? 0 : text_.find('_', text_.find('_') + 1) + 1;
  return text_.substr(0, prefix > 10 ? 0 : prefix) + "..." + text_.substr(text_.size() - 4);
}

void Secret::wipe() {
  // Through volatile, so that the compiler cannot drop the writes as dead.
  volatile char* bytes = text_.data();
  for (std::size_t i = 0; i < text_.size(); ++i) bytes[i] = '\0';
  text_.clear();
}

}  // namespace apmcp
