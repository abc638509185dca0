#include "base/metrics.h"

#include <doctest/doctest.h>

TEST_SUITE("unit") {
  TEST_CASE("numbers are shown as Prometheus reads them, and buckets add up") {
    apmcp::Metrics metrics;
    metrics.count_http_request("POST", 204);
    metrics.count_http_request("POST", 200);
    metrics.count_http_request("GET", 503);
    metrics.count_delivery("kept");
    metrics.count_delivery("kept");
    metrics.count_delivery("refused");
    metrics.observe_upstream(std::chrono::milliseconds{50});
    metrics.observe_upstream(std::chrono::milliseconds{300});
    metrics.observe_upstream(std::chrono::seconds{31});
    const std::string text = metrics.render({.open_sessions = 3, .queued_requests = 2});
    for (const char* line :
         {"# TYPE agentphone_mcp_http_requests_total counter\n",
          "agentphone_mcp_http_requests_total{method=\"GET\",status=\"5xx\"} 1\n",
          "agentphone_mcp_http_requests_total{method=\"POST\",status=\"2xx\"} 2\n",
          "# TYPE agentphone_mcp_webhook_deliveries_total counter\n",
          "agentphone_mcp_webhook_deliveries_total{outcome=\"kept\"} 2\n",
          "agentphone_mcp_webhook_deliveries_total{outcome=\"refused\"} 1\n",
          "# TYPE agentphone_mcp_upstream_seconds histogram\n",
          "agentphone_mcp_upstream_seconds_bucket{le=\"0.05\"} 1\n",
          "agentphone_mcp_upstream_seconds_bucket{le=\"0.25\"} 1\n",
          "agentphone_mcp_upstream_seconds_bucket{le=\"0.5\"} 2\n",
          "agentphone_mcp_upstream_seconds_bucket{le=\"30\"} 2\n",
          "agentphone_mcp_upstream_seconds_bucket{le=\"+Inf\"} 3\n", "agentphone_mcp_upstream_seconds_sum 31.350000\n",
          "agentphone_mcp_upstream_seconds_count 3\n", "agentphone_mcp_open_sessions 3\n",
          "agentphone_mcp_queued_requests 2\n"}) {
      CHECK_MESSAGE(text.find(line) != std::string::npos, line, text);
    }
  }
}
