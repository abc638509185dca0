#include "app/lazy.h"

namespace apmcp::app {
namespace {

Error cannot_load(const char* part) {
  return {.code = ErrorCode::kInternal,
          .message = std::string("The server could not load its ") + part + ". Its log says why."};
}

}  // namespace

Result<http::HttpResponse> LazyTransport::send(const http::HttpRequest& request, const http::CallOptions& options) {
  http::HttpTransport* transport = transport_.get();
  if (transport == nullptr) return cannot_load("HTTP stack");
  return transport->send(request, options);
}

Result<http::HttpResponse> LazyTransport::stream(const http::HttpRequest& request, const http::CallOptions& options,
                                                 const http::BodySink& on_bytes) {
  http::HttpTransport* transport = transport_.get();
  if (transport == nullptr) return cannot_load("HTTP stack");
  return transport->stream(request, options, on_bytes);
}

Result<http::HttpResponse> MeteredTransport::stream(const http::HttpRequest& request, const http::CallOptions& options,
                                                    const http::BodySink& on_bytes) {
  return transport_.stream(request, options, on_bytes);
}

Result<http::HttpResponse> MeteredTransport::send(const http::HttpRequest& request, const http::CallOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  auto response = transport_.send(request, options);
  metrics_.observe_upstream(std::chrono::steady_clock::now() - start);
  return response;
}

Result<numbers::DialedNumber> LazyNumberPlan::parse(std::string_view text) const {
  const numbers::NumberPlan* plan = plan_.get();
  if (plan == nullptr) return cannot_load("phone number metadata");
  return plan->parse(text);
}

Status LazyTaskStore::insert(const mcp::TaskRecord& task) {
  mcp::TaskStore* store = store_.get();
  return store == nullptr ? Status(cannot_load("task store")) : store->insert(task);
}

std::optional<mcp::TaskRecord> LazyTaskStore::find(const std::string& id) {
  mcp::TaskStore* store = store_.get();
  return store == nullptr ? std::nullopt : store->find(id);
}

void LazyTaskStore::replace(const mcp::TaskRecord& task) {
  if (mcp::TaskStore* store = store_.get()) store->replace(task);
}

void LazyTaskStore::erase(const std::string& id) {
  if (mcp::TaskStore* store = store_.get()) store->erase(id);
}

void LazyTaskStore::erase_expired(Clock::TimePoint now) {
  if (mcp::TaskStore* store = store_.get()) store->erase_expired(now);
}

std::vector<mcp::TaskRecord> LazyTaskStore::adopt(const std::string& account, std::size_t limit) {
  mcp::TaskStore* store = store_.get();
  return store == nullptr ? std::vector<mcp::TaskRecord>() : store->adopt(account, limit);
}

void LazyTaskStore::release(const std::string& id) {
  if (mcp::TaskStore* store = store_.get()) store->release(id);
}

Result<std::string> LazyStateSeal::seal(std::string_view payload, std::string_view purpose) {
  mcp::StateSeal* seal = seal_.get();
  if (seal == nullptr) return cannot_load("cryptography");
  return seal->seal(payload, purpose);
}

Result<std::string> LazyStateSeal::open(std::string_view sealed, std::string_view purpose) {
  mcp::StateSeal* seal = seal_.get();
  if (seal == nullptr) return cannot_load("cryptography");
  return seal->open(sealed, purpose);
}

}  // namespace apmcp::app
