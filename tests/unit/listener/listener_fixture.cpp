#include "unit/listener/listener_fixture.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

#include <doctest/doctest.h>

namespace apmcp::listener {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool wait_for(int fd, short events, SteadyClock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(std::max<long>(left, 0))) > 0;
}

std::size_t number_in(std::string_view text, int base) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

}  // namespace

bool Answer::has_line(std::string_view line) const {
  return head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
}

RawClient::RawClient() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  REQUIRE(fd_.is_open());
}

RawClient::RawClient(int port, int receive_buffer) : RawClient() {
  if (receive_buffer > 0) ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  connect(port);
}

void RawClient::connect(int port) const {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  static_cast<void>(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  REQUIRE(wait_for(fd_.get(), POLLOUT, SteadyClock::now() + kPatience));
}

bool RawClient::send(std::string_view bytes) const {
  const auto deadline = SteadyClock::now() + kPatience;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN || !wait_for(fd_.get(), POLLOUT, deadline)) {
      return false;
    }
  }
  return true;
}

bool RawClient::send_one_by_one(std::string_view bytes) const {
  return std::all_of(bytes.begin(), bytes.end(), [this](char byte) { return send({&byte, 1}); });
}

bool RawClient::receive_more(SteadyClock::time_point deadline) {
  std::array<char, 65536> bytes{};
  if (is_ended_ || !wait_for(fd_.get(), POLLIN, deadline)) return false;
  const ssize_t received = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  is_ended_ = received <= 0;
  if (received > 0) unread_.append(bytes.data(), static_cast<std::size_t>(received));
  return received > 0;
}

std::string RawClient::read_to(std::string_view end) {
  const auto deadline = SteadyClock::now() + kPatience;
  std::size_t found = unread_.find(end);
  while (found == std::string::npos && receive_more(deadline)) found = unread_.find(end);
  const std::size_t size = found == std::string::npos ? unread_.size() : found + end.size();
  std::string text = unread_.substr(0, size);
  unread_.erase(0, size);
  return text;
}

std::string RawClient::read_to_end() {
  const auto deadline = SteadyClock::now() + kPatience;
  while (receive_more(deadline)) {
  }
  return std::exchange(unread_, {}) + (is_ended_ ? "" : "(open)");
}

bool RawClient::is_silent_for(std::chrono::milliseconds limit) {
  return unread_.empty() && !is_ended_ && !wait_for(fd_.get(), POLLIN, SteadyClock::now() + limit);
}

bool RawClient::read_more() {
  return receive_more(SteadyClock::now() + kPatience);
}

void RawClient::stop_sending() const {
  ::shutdown(fd_.get(), SHUT_WR);
}

void RawClient::abort() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

bool RawClient::read_chunks(std::string& body) {
  for (;;) {
    const std::string line = read_to("\r\n");
    const std::size_t size = number_in(line, 16);
    if (!line.ends_with("\r\n")) return false;
    const auto deadline = SteadyClock::now() + kPatience;
    while (unread_.size() < size + 2 && receive_more(deadline)) {
    }
    if (unread_.size() < size + 2 || unread_.substr(size, 2) != "\r\n") return false;
    body.append(unread_, 0, size);
    unread_.erase(0, size + 2);
    if (size == 0) return true;
  }
}

Answer RawClient::read_answer(std::string_view method) {
  Answer answer;
  answer.head = read_to(kHeadEnd);
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!answer.head.ends_with(kHeadEnd) || !answer.head.starts_with(kVersion)) return answer;
  const int status = static_cast<int>(number_in(std::string_view(answer.head).substr(kVersion.size(), 3), 10));
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const std::size_t length_at = answer.head.find(kLength);
  bool is_whole = true;
  if (method == "HEAD" || status < 200 || status == 204 || status == 304) {
    // Has no body, whatever its fields describe.
  } else if (answer.has_line("Transfer-Encoding: chunked")) {
    is_whole = length_at == std::string::npos && read_chunks(answer.body);
  } else if (length_at != std::string::npos) {
    const std::size_t size = number_in(std::string_view(answer.head).substr(length_at + kLength.size()), 10);
    const auto deadline = SteadyClock::now() + kPatience;
    while (unread_.size() < size && receive_more(deadline)) {
    }
    is_whole = unread_.size() >= size && answer.head.find(kLength, length_at + 1) == std::string::npos;
    answer.body = unread_.substr(0, size);
    unread_.erase(0, size);
  } else {
    answer.body = read_to_end();
  }
  if (is_whole) answer.status = status;
  return answer;
}

std::string get(std::string_view path, std::string_view fields) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view body, std::string_view fields) {
  return "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

HttpResponse echo(const HttpRequest& request, Peer& /*peer*/) {
  HttpResponse answer;
  answer.content_type = "text/plain";
  answer.body = request.method + " " + request.path + " " + request.query + " " + request.body;
  return answer;
}

std::unique_ptr<HttpListener> listening(HttpHandler handler, ListenerOptions options, HeadCheck check) {
  auto started = start_listener(options, std::move(handler), std::move(check));
  REQUIRE(started.ok());
  return std::move(*started);
}

}  // namespace apmcp::listener
