#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/metrics.h"
#include "http/http_transport.h"
#include "mcp/state_seal.h"
#include "mcp/task_store.h"
#include "numbers/number_plan.h"

namespace apmcp::app {

/// Makes a T when it is first asked for, and keeps it. Thread-safe; one thread makes it, others wait meanwhile.
template <typename T>
class Lazy {
 public:
  explicit Lazy(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) {}

  /// nullptr when it could not be made: the next call tries again.
  T* get() const {
    if (T* made = made_.load(std::memory_order_acquire)) return made;
    const std::lock_guard lock(mutex_);
    if (value_ == nullptr) value_ = make_();
    made_.store(value_.get(), std::memory_order_release);
    return value_.get();
  }

 private:
  const std::function<std::unique_ptr<T>()> make_;
  mutable std::atomic<T*> made_ = nullptr;  // value_, for reading without the mutex
  mutable std::mutex mutex_;
  mutable std::unique_ptr<T> value_;  // guarded by mutex_
};

/// Opens the way to AgentPhone, or to the simulator, with the first request.
class LazyTransport final : public http::HttpTransport {
 public:
  explicit LazyTransport(std::function<std::unique_ptr<http::HttpTransport>()> make) : transport_(std::move(make)) {}

  Result<http::HttpResponse> send(const http::HttpRequest& request, const http::CallOptions& options) override;
  Result<http::HttpResponse> stream(const http::HttpRequest& request, const http::CallOptions& options,
                                    const http::BodySink& on_bytes) override;

 private:
  Lazy<http::HttpTransport> transport_;
};

/// Counts how long requests take, whatever answers them. A stream takes as long as what it shows: it does not count.
class MeteredTransport final : public http::HttpTransport {
 public:
  MeteredTransport(http::HttpTransport& transport, Metrics& metrics) : transport_(transport), metrics_(metrics) {}

  Result<http::HttpResponse> send(const http::HttpRequest& request, const http::CallOptions& options) override;
  Result<http::HttpResponse> stream(const http::HttpRequest& request, const http::CallOptions& options,
                                    const http::BodySink& on_bytes) override;

 private:
  http::HttpTransport& transport_;
  Metrics& metrics_;
};

/// Reads the metadata of all numbering plans with the first number.
class LazyNumberPlan final : public numbers::NumberPlan {
 public:
  explicit LazyNumberPlan(std::function<std::unique_ptr<numbers::NumberPlan>()> make) : plan_(std::move(make)) {}

  [[nodiscard]] Result<numbers::DialedNumber> parse(std::string_view text) const override;

 private:
  Lazy<numbers::NumberPlan> plan_;
};

/// Opens the store with the first task, or with the first question about one.
class LazyTaskStore final : public mcp::TaskStore {
 public:
  explicit LazyTaskStore(std::function<std::unique_ptr<mcp::TaskStore>()> make) : store_(std::move(make)) {}

  Status insert(const mcp::TaskRecord& task) override;
  std::optional<mcp::TaskRecord> find(const std::string& id) override;
  void replace(const mcp::TaskRecord& task) override;
  void erase(const std::string& id) override;
  void erase_expired(Clock::TimePoint now) override;
  std::vector<mcp::TaskRecord> adopt(const std::string& account, std::size_t limit) override;
  void release(const std::string& id) override;

 private:
  Lazy<mcp::TaskStore> store_;
};

/// Loads the cryptography with the first state that a client is given or gives back.
class LazyStateSeal final : public mcp::StateSeal {
 public:
  explicit LazyStateSeal(std::function<std::unique_ptr<mcp::StateSeal>()> make) : seal_(std::move(make)) {}

  Result<std::string> seal(std::string_view payload, std::string_view purpose) override;
  Result<std::string> open(std::string_view sealed, std::string_view purpose) override;

 private:
  Lazy<mcp::StateSeal> seal_;
};

}  // namespace apmcp::app
