#include "agentphone/credentials.h"

#include <system_error>
#include <utility>

#include "base/log.h"
#include "platform/files.h"

namespace apmcp::agentphone {

Credentials::Credentials(std::filesystem::path store, std::vector<std::filesystem::path> fallbacks)
    : store_(std::move(store)), fallbacks_(std::move(fallbacks)) {}

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
  if (is_pending_) store_pending();
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
    const auto kept = platform::read_key_file(aside);  // by an earlier try to store the new key
    if (kept && kept->reveal() == old->reveal()) return "The key that was stored before is in " + aside.string() + ".";
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

Result<Credentials::Kept> Credentials::store(const Secret& key) const {
  const Secret line(key.reveal() + "\n");
  auto aside = set_aside(store_, line);
  const Status stored = aside ? platform::write_private_file(store_, line.reveal()) : Status(aside.error());
  if (stored) return Kept{.location = store_.string(), .note = *std::move(aside)};
  for (const std::filesystem::path& fallback : fallbacks_) {
    if (!set_aside(fallback, line) || !platform::write_private_file(fallback, line.reveal())) continue;
    const std::string move = store_.empty() ? "Start" : "Move it to " + store_.string() + ", or start";
    return Kept{.location = fallback.string(),
                .note = (store_.empty() ? "No home directory is known." : stored.error().message) + " The key is in " +
                        fallback.string() + " instead, which a later start does not read. " + move +
                        " the server with --api-key-file " + fallback.string() + "."};
  }
  return stored.error();
}

Result<Credentials::Kept> Credentials::remember(Secret key) {
  const KeySource configured = source();
  if (store_.empty() && fallbacks_.empty()) {
    set(std::move(key), KeySource::kSignUp);
    return Kept{.location = "memory of this process", .note = {}};
  }
  // The files are written outside mutex_: a slow disk must not hold up calls that only need the key.
  const std::lock_guard storing(storing_);
  is_pending_ = false;  // what is in memory only is given up for the new key
  const Secret copy = key.clone();
  set(std::move(key), KeySource::kSignUp);
  const bool is_readable_later = platform::looks_like_api_key(copy.reveal());
  auto kept = is_readable_later ? store(copy)
                                : Result<Kept>(Error{.code = ErrorCode::kPolicyDenied,
                                                     .message = "The key does not look like an AgentPhone key."});
  if (kept) {
    const std::string other = note_of(configured);
    if (!kept->note.empty() && !other.empty()) kept->note += " ";
    kept->note += other;
    return kept;
  }
  is_pending_ = is_readable_later;
  Error error = std::move(kept).error();
  error.message = "The key works now but could not be stored and is lost when this server exits. " + error.message;
  error.next_step = "Ask the person to make " + store_.string() +
                    " writable while this server runs: it tries again with every call. Or to generate a key at "
                    "agentphone.to/dashboard (Settings, API Keys) and set it as AGENTPHONE_API_KEY.";
  return error;
}

bool Credentials::store_pending() const {
  const std::unique_lock storing(storing_, std::try_to_lock);
  if (!storing.owns_lock() || !is_pending_) return !is_pending_;
  Secret copy;
  {
    const std::lock_guard lock(mutex_);
    copy = key_.clone();
  }
  const auto kept = store(copy);
  if (!kept) return false;
  is_pending_ = false;
  log::warn("key_stored_late", {{"file", kept->location}});
  return true;
}

}  // namespace apmcp::agentphone
