#include "agentphone/credentials.h"

#include <system_error>
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

namespace {

/// Moves a different key out of the way of a new one: it may belong to an account with numbers of its own.
Result<std::string> set_aside(const std::filesystem::path& store, const Secret& new_key) {
  const auto old = platform::read_key_file(store);
  if (!old || old->reveal() + "\n" == new_key.reveal()) return std::string();
  std::filesystem::path aside;
  std::error_code error;
  for (int i = 1; aside.empty() || std::filesystem::exists(aside, error); ++i) {
    aside = store.string() + ".previous-" + std::to_string(i);
  }
  if (Status kept = platform::write_private_file(aside, old->reveal() + "\n"); !kept) return std::move(kept).error();
  return "The key that was stored before is now in " + aside.string() + ".";
}

std::string note_of(KeySource configured) {
  if (configured != KeySource::kFile && configured != KeySource::kEnvironment) return {};
  return std::string("This server was started with another key (") +
         (configured == KeySource::kFile ? "--api-key-file" : "AGENTPHONE_API_KEY") +
         "), which is used again after a restart unless it is removed.";
}

}  // namespace

Result<Credentials::Kept> Credentials::remember(Secret key) {
  const KeySource configured = source();
  const bool readable_later = platform::looks_like_api_key(key.reveal());
  const Secret for_file(readable_later && !store_.empty() ? key.reveal() + "\n" : std::string());
  set(std::move(key), KeySource::kSignUp);
  if (store_.empty()) return Kept{.location = "memory of this process", .note = {}};
  // The file is written outside the lock: a slow disk must not hold up calls that only need the key.
  auto aside = readable_later ? set_aside(store_, for_file) : Result<std::string>(std::string());
  Status stored = Error{.code = ErrorCode::kPolicyDenied, .message = "The key does not look like an AgentPhone key."};
  if (!aside) {
    stored = aside.error();
  } else if (readable_later) {
    stored = platform::write_private_file(store_, for_file.reveal());
  }
  if (stored) {
    std::string note = note_of(configured);
    if (!aside->empty()) note = *aside + (note.empty() ? "" : " ") + note;
    return Kept{.location = store_.string(), .note = std::move(note)};
  }
  Error error = std::move(stored).error();
  error.message = "The key works now but could not be stored and is lost when this server exits. " + error.message;
  error.next_step = "Ask the person to make " + store_.string() +
                    " writable, or to generate a key at agentphone.to/dashboard "
                    "(Settings, API Keys) and set it as AGENTPHONE_API_KEY.";
  return error;
}

}  // namespace apmcp::agentphone
