#include "app/secret_file.h"

#include "base/random.h"
#include "platform/files.h"

namespace apmcp::app {

Result<Secret> load_or_make_secret(const std::string& path, bool is_own_directory) {
  constexpr std::size_t kSecretBytes = 32;
  auto stored = platform::read_private_file(path);
  if (stored || stored.error().code != ErrorCode::kNotFound) return stored;
  const Secret fresh(random_hex(kSecretBytes));
  if (fresh.empty()) return Error{.code = ErrorCode::kInternal, .message = "the system has no random bytes"};
  const std::string line = fresh.reveal() + "\n";
  const Status kept =
      is_own_directory ? platform::keep_private_file(path, line) : platform::create_private_file(path, line);
  auto now = platform::read_private_file(path);  // ours, or that of a process that was faster
  if (!now && !kept) return kept.error();
  return now;
}

}  // namespace apmcp::app
