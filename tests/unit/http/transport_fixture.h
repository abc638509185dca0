#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "http/http_transport.h"
#include "http/transport_seams.h"
#include "support/fake_name.h"
#include "support/http_fault_server.h"

namespace apmcp::http {

using std::chrono::milliseconds;
using test::FakeName;
using test::FaultConnection;
using test::FaultServer;

/// Long enough for any step of a healthy loopback exchange, also under a sanitizer on a busy machine.
inline constexpr milliseconds kPatience{10'000};

/// A call that may be repeated, and one that may not.
inline constexpr Method kBoth[] = {Method::kGet, Method::kPost};

inline std::string ok_answer(std::string_view body = R"({"ok":true})", std::string_view fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline std::string status_answer(int status, std::string_view fields = "") {
  return "HTTP/1.1 " + std::to_string(status) + " -\r\n" + std::string(fields) + "Content-Length: 0\r\n\r\n";
}

/// Answers every request of a connection with the same bytes.
inline FaultServer::Script always(std::string answer) {
  return [answer = std::move(answer)](FaultConnection& connection) {
    while (!connection.read_request().empty() && connection.send(answer)) {
    }
  };
}

inline Origin loopback_origin(int port, bool tls = false) {
  return {.tls = tls, .host = "127.0.0.1", .port = port, .is_loopback = true};
}

/// Repeats come after a few milliseconds.
inline TransportSeams quick_seams() {
  return {.delays = {milliseconds{2}, milliseconds{4}}};
}

inline std::unique_ptr<HttpTransport> transport_to(const FaultServer& server, TransportSeams seams = quick_seams()) {
  return make_curl_transport({.origin = loopback_origin(server.port())}, std::move(seams));
}

/// Talks to the name "api.test", which needs a FakeName.
inline std::unique_ptr<HttpTransport> named_transport(int port = 80) {
  return make_curl_transport({.origin = {.tls = false, .host = "api.test", .port = port}}, quick_seams());
}

inline HttpRequest get_request(std::string target = "/v1/usage") {
  return {.method = Method::kGet, .target = std::move(target), .body = {}, .bearer = Secret("sk_test_12345678")};
}

inline HttpRequest post_request() {
  return {.method = Method::kPost,
          .target = "/v1/messages",
          .body = R"({"body":"hello"})",
          .bearer = Secret("sk_test_12345678")};
}

inline HttpRequest request_of(Method method) {
  return is_read(method) ? get_request() : post_request();
}

inline CallOptions within(milliseconds timeout) {
  return {.stop = {}, .timeout = timeout};
}

inline std::string stage_of(const Error& error) {
  return error.data.value("stage", "");
}

inline std::uint64_t bytes_sent_of(const Error& error) {
  return error.data.value("bytes_sent", std::uint64_t{0});
}

inline milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace apmcp::http
