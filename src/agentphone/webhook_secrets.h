#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "agentphone_mcp/result.h"
#include "base/secret.h"

namespace apmcp::agentphone {

/// The secrets that sign webhook deliveries: the one that the operator configured, and those of webhooks that this
/// server set and was to remember. Thread-safe.
class WebhookSecrets {
 public:
  /// `store` is where keep() writes (0600, directory 0700); empty keeps them in memory only (the sandbox). Other
  /// servers of the same user share the file.
  explicit WebhookSecrets(std::filesystem::path store);

  /// Lives from before AgentPhone is asked for a new secret until that is kept: deliveries may be signed with it before
  /// it is known here.
  class Replacement {
   public:
    explicit Replacement(WebhookSecrets* secrets);  ///< null: where no secrets are kept
    ~Replacement();

    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

   private:
    WebhookSecrets* const secrets_;
  };

  /// Asked before all(): then a secret that is kept in between is among all().
  [[nodiscard]] bool is_changing() const { return replacements_ > 0; }

  void configure(Secret secret);

  /// Whether the file can be read, when there is one. The message is one line for the operator.
  [[nodiscard]] Status check() const;

  /// Remembers the secret of the webhook of an agent, or of the account (""), in place of the one before. Error: what
  /// could not be written where; then it is kept in memory, and all() tries again to write it.
  Status keep(const std::string& agent_id, const Secret& secret);

  /// All of them as they are now: what another server kept meanwhile counts too.
  [[nodiscard]] std::vector<Secret> all();

  /// Writes what is in memory only. True when nothing is, afterwards.
  bool store_pending();

 private:
  using ByScope = std::map<std::string, Secret>;

  Result<ByScope> stored() const;
  Status store(const ByScope& changed);

  const std::filesystem::path store_;
  std::atomic<int> replacements_{0};
  mutable std::mutex mutex_;
  Secret configured_;  // guarded by mutex_
  ByScope in_memory_;  // guarded by mutex_; without a file, or not written to it yet
};

}  // namespace apmcp::agentphone
