#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "listener/http_listener.h"
#include "platform/unique_fd.h"

namespace apmcp::listener {

/// How long a test waits for what must come.
constexpr std::chrono::milliseconds kPatience{5000};

/// An answer with its framing checked and removed.
struct Answer {
  int status = 0;  ///< 0: none, or one that is malformed or incomplete
  std::string head;
  std::string body;

  [[nodiscard]] bool has_line(std::string_view line) const;
};

/// A client that writes exactly what it is told to.
class RawClient {
 public:
  /// Has a socket, but is not connected.
  RawClient();

  /// `receive_buffer`: bytes, 0 for the system's default; small ones make a slow reader show soon.
  explicit RawClient(int port, int receive_buffer = 0);

  void connect(int port) const;

  /// False when the server has closed the connection.
  bool send(std::string_view bytes) const;
  bool send_one_by_one(std::string_view bytes) const;

  /// The next answer; bytes after it are kept for the one that follows.
  Answer read_answer(std::string_view method = "GET");

  /// Everything up to and including `end`, or to the end of the connection.
  std::string read_to(std::string_view end);

  /// What comes until the server closes; "(open)" is added when it does not.
  std::string read_to_end();

  /// Waits for more of the answer and keeps it. False when none comes.
  bool read_more();

  /// Nothing comes and nobody closes for as long as that.
  bool is_silent_for(std::chrono::milliseconds limit);

  void stop_sending() const;

  /// Ends the connection with a reset.
  void abort();

  void close() { fd_.reset(); }

 private:
  bool receive_more(std::chrono::steady_clock::time_point deadline);
  bool read_chunks(std::string& body);

  platform::UniqueFd fd_;
  std::string unread_;
  bool is_ended_ = false;
};

/// "GET / HTTP/1.1" with the fields, each with its line end.
std::string get(std::string_view path = "/", std::string_view fields = "");
std::string post(std::string_view body, std::string_view fields = "");

/// Answers with method, path, query and body of the request.
HttpResponse echo(const HttpRequest& request, Peer& peer);

/// A running listener; the test fails when it does not start.
std::unique_ptr<HttpListener> listening(HttpHandler handler, ListenerOptions options = {}, HeadCheck check = {});

}  // namespace apmcp::listener
