#include "agentphone/credentials.h"

#include <utility>

#include "platform/files.h"

namespace apmcp::agentphone {

Credentials::Credentials(std::filesystem::path store) : store_(std::move(store)) {}

void Credentials::set(Secret key, KeySource source) {
  const std::lock_guard lock(mutex_);
  key_ = std::move(key);
  source_ = key_.empty() ? KeySource::kNone : source;
}

bool Credentials::has_key() const {
  const std::lock_guard lock(mutex_);
  return !key_.empty();
}

Secret Credentials::key() const {
  const std::lock_guard lock(mutex_);
  return key_.clone();
}

KeySource Credentials::source() const {
  const std::lock_guard lock(mutex_);
  return source_;
}

Result<std::string> Credentials::remember(Secret key) {
  const bool readable_later = platform::looks_like_api_key(key.reveal());
  const Secret for_file(readable_later && !store_.empty() ? key.reveal() + "\n" : std::string());
  set(std::move(key), KeySource::kSignUp);
  if (store_.empty()) return std::string("memory of this process");
  // The file is written outside the lock: a slow disk must not hold up calls that only need the key.
  Status stored =
      readable_later
          ? platform::write_private_file(store_, for_file.reveal())
          : Status(Error{.code = ErrorCode::kPolicyDenied, .message = "The key does not look like an AgentPhone key."});
  if (stored) return store_.string();
  Error error = std::move(stored).error();
  error.message = "The key works now but could not be stored and is lost when this server exits. " + error.message;
  error.next_step = "Ask the person to make " + store_.string() +
                    " writable, or to generate a key at agentphone.to/dashboard "
                    "(Settings, API Keys) and set it as AGENTPHONE_API_KEY.";
  return error;
}

}  // namespace apmcp::agentphone
