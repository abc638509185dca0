#include "base/metrics.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace apmcp {
namespace {

void put_head(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

template <typename Value>
void put_sample(std::string& text, std::string_view name, std::string_view labels, Value value) {
  text.append(name);
  if (!labels.empty()) text.append("{").append(labels).append("}");
  text.append(" ").append(std::to_string(value)).append("\n");
}

template <typename Counters>
void put_counters(std::string& text, std::string_view name, std::string_view help, const Counters& counters) {
  put_head(text, name, "counter", help);
  for (const auto& [labels, count] : counters) put_sample(text, name, labels, count);
}

std::string label(std::string_view name, std::string_view value) {
  return std::string(name).append("=\"").append(value).append("\"");
}

std::string short_decimal(double value) {
  std::array<char, 32> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%g", value);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

}  // namespace

void Metrics::add(Counters& counters, std::string labels) {
  const std::lock_guard lock(mutex_);
  ++counters[std::move(labels)];
}

void Metrics::count_http_request(std::string_view method, int status) {
  constexpr int kPerClass = 100;
  add(http_requests_, label("method", method) + "," + label("status", std::to_string(status / kPerClass) + "xx"));
}

void Metrics::count_tool_call(std::string_view tool, std::string_view outcome) {
  add(tool_calls_, label("tool", tool) + "," + label("outcome", outcome));
}

void Metrics::count_delivery(std::string_view outcome) {
  add(deliveries_, label("outcome", outcome));
}

void Metrics::observe_upstream(std::chrono::nanoseconds took) {
  const double seconds = std::chrono::duration<double>(took).count();
  const auto* const bucket = std::lower_bound(kUpperBounds.begin(), kUpperBounds.end(), seconds);
  const std::lock_guard lock(mutex_);
  ++upstream_.at(static_cast<std::size_t>(bucket - kUpperBounds.begin()));
  upstream_seconds_ += seconds;
}

std::string Metrics::render(const Gauges& gauges) const {
  std::string text;
  const std::lock_guard lock(mutex_);
  put_counters(text, "agentphone_mcp_http_requests_total", "HTTP requests answered.", http_requests_);
  put_counters(text, "agentphone_mcp_tool_calls_total", "Tool calls by outcome.", tool_calls_);
  put_counters(text, "agentphone_mcp_webhook_deliveries_total", "Webhook deliveries by outcome.", deliveries_);

  constexpr std::string_view kUpstream = "agentphone_mcp_upstream_seconds";
  put_head(text, kUpstream, "histogram", "Time of requests to AgentPhone.");
  const std::string bucket_name = std::string(kUpstream) + "_bucket";
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < upstream_.size(); ++i) {
    total += upstream_.at(i);
    put_sample(text, bucket_name, label("le", i < kUpperBounds.size() ? short_decimal(kUpperBounds.at(i)) : "+Inf"),
               total);
  }
  put_sample(text, std::string(kUpstream) + "_sum", "", upstream_seconds_);
  put_sample(text, std::string(kUpstream) + "_count", "", total);

  put_head(text, "agentphone_mcp_open_sessions", "gauge", "Sessions of the handshake revisions over HTTP.");
  put_sample(text, "agentphone_mcp_open_sessions", "", gauges.open_sessions);
  put_head(text, "agentphone_mcp_queued_requests", "gauge", "Requests that wait for a worker.");
  put_sample(text, "agentphone_mcp_queued_requests", "", gauges.queued_requests);
  return text;
}

}  // namespace apmcp
