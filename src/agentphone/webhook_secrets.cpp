#include "agentphone/webhook_secrets.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "platform/file_lock.h"
#include "platform/files.h"

namespace apmcp::agentphone {
namespace {

constexpr std::string_view kAccount = "account";

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

}  // namespace

WebhookSecrets::WebhookSecrets(std::filesystem::path store) : store_(std::move(store)) {}

void WebhookSecrets::configure(Secret secret) {
  const std::lock_guard lock(mutex_);
  configured_ = std::move(secret);
}

/// The file has one line for each webhook: its agent, or "account", a space, and the secret.
Result<WebhookSecrets::ByScope> WebhookSecrets::stored() const {
  ByScope found;
  if (store_.empty()) return found;
  const auto file = platform::read_private_file(store_);
  if (!file && file.error().code == ErrorCode::kNotFound) return found;
  if (!file) return file.error();
  std::string_view rest = file->reveal();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    found.insert_or_assign(std::string(line.substr(0, space)), Secret(std::string(line.substr(space + 1))));
  }
  return found;
}

Status WebhookSecrets::check() const {
  auto found = stored();
  return found ? Status(Unit{}) : Status(std::move(found).error());
}

Status WebhookSecrets::keep(const std::string& agent_id, const Secret& secret) {
  const std::string scope = agent_id.empty() ? std::string(kAccount) : agent_id;
  if (!is_word(scope) || !is_word(secret.reveal())) {
    return Error{.code = ErrorCode::kInvalidUpstream, .message = "The signing secret cannot be kept as it is."};
  }
  {
    const std::lock_guard lock(mutex_);
    in_memory_.insert_or_assign(scope, secret.clone());
  }
  if (store_.empty()) return Unit{};
  ByScope changed;
  changed.emplace(scope, secret.clone());
  Status kept = store(changed);
  if (!kept) {
    Error error = std::move(kept).error();
    error.message += " It is used until this server exits, which tries again to write it.";
    return error;
  }
  const std::lock_guard lock(mutex_);
  in_memory_.erase(scope);
  return Unit{};
}

Status WebhookSecrets::store(const ByScope& changed) {
  // What another server keeps between our reading and our writing would be lost.
  if (Status made = platform::make_private_directory(store_.parent_path()); !made) return made;
  const std::string lock_name = store_.string() + ".lock";
  const auto lock = platform::FileLock::take(lock_name);
  if (!lock) return Error{.code = ErrorCode::kInternal, .message = "Cannot lock " + lock_name + "."};
  auto secrets = stored();
  if (!secrets) return std::move(secrets).error();
  for (const auto& [scope, secret] : changed) secrets->insert_or_assign(scope, secret.clone());
  std::string text;
  for (const auto& [owner, value] : *secrets) text.append(owner).append(" ").append(value.reveal()).append("\n");
  const Secret bytes(std::move(text));
  return platform::write_private_file(store_, bytes.reveal());
}

bool WebhookSecrets::store_pending() {
  ByScope pending;
  {
    const std::lock_guard lock(mutex_);
    if (store_.empty() || in_memory_.empty()) return in_memory_.empty();
    for (const auto& [scope, secret] : in_memory_) pending.emplace(scope, secret.clone());
  }
  if (!store(pending)) return false;
  const std::lock_guard lock(mutex_);
  for (const auto& [scope, secret] : pending) {
    const auto found = in_memory_.find(scope);
    if (found != in_memory_.end() && found->second.reveal() == secret.reveal()) in_memory_.erase(found);
  }
  return in_memory_.empty();
}

WebhookSecrets::Replacement::Replacement(WebhookSecrets* secrets) : secrets_(secrets) {
  if (secrets_ != nullptr) ++secrets_->replacements_;
}

WebhookSecrets::Replacement::~Replacement() {
  if (secrets_ != nullptr) --secrets_->replacements_;
}

std::vector<Secret> WebhookSecrets::all() {
  store_pending();
  const auto kept = stored();
  std::vector<Secret> all;
  const std::lock_guard lock(mutex_);
  if (!configured_.empty()) all.push_back(configured_.clone());
  for (const auto& [scope, secret] : in_memory_) all.push_back(secret.clone());
  if (!kept) return all;
  for (const auto& [scope, secret] : *kept) {
    if (!in_memory_.contains(scope)) all.push_back(secret.clone());
  }
  return all;
}

}  // namespace apmcp::agentphone
