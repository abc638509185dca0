#include "transport/sse_format.h"

namespace apmcp::transport {

std::string sse_message(std::string_view id, std::string_view data) {
  std::string text;
  text.reserve(id.size() + data.size() + 32);
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  return text.append("event: message\ndata: ").append(data).append("\n\n");
}

std::string sse_priming(std::string_view id, std::chrono::milliseconds retry) {
  return std::string("id: ").append(id).append("\nretry: ").append(std::to_string(retry.count())).append("\ndata:\n\n");
}

std::string sse_retry(std::chrono::milliseconds retry) {
  return "retry: " + std::to_string(retry.count()) + "\n\n";
}

std::string sse_endpoint(std::string_view uri) {
  return std::string("event: endpoint\ndata: ").append(uri).append("\n\n");
}

}  // namespace apmcp::transport
