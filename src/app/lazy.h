#pragma once

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

/// Makes a T when it is first asked for. Thread-safe.
template <typename T>
class Lazy {
 public:
  explicit Lazy(std::function<std::unique_ptr<T>()> make) : make_(std::move(make)) {}

  /// nullptr when it could not be made; then every later call says the same.
  T* get() const {
    std::call_once(once_, [this] { value_ = make_(); });
    return value_.get();
  }

 private:
  const std::function<std::unique_ptr<T>()> make_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<T> value_;
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
  /// `make` must not fail: where nothing can be kept it makes a store in memory.
  explicit LazyTaskStore(std::function<std::unique_ptr<mcp::TaskStore>()> make) : store_(std::move(make)) {}

  Status insert(const mcp::TaskRecord& task) override { return store_.get()->insert(task); }

  std::optional<mcp::TaskRecord> find(const std::string& id) override { return store_.get()->find(id); }

  void replace(const mcp::TaskRecord& task) override { store_.get()->replace(task); }

  void erase(const std::string& id) override { store_.get()->erase(id); }

  void erase_expired(Clock::TimePoint now) override { store_.get()->erase_expired(now); }

  std::vector<mcp::TaskRecord> adopt(const std::string& account, std::size_t limit) override {
    return store_.get()->adopt(account, limit);
  }

  void release(const std::string& id) override { store_.get()->release(id); }

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
