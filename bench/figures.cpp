// The figures that users notice, measured from outside as a client sees them: how long the server takes from spawn to
// the answer of initialize, how much memory it holds then, and what a tool call costs over the API request it makes.
//
//   agentphone_mcp_figures SERVER
//
// Answers the API itself, with a prepared text and nothing else, so that the server is what is measured. Prints
// medians. Only ratios within one run carry over to another machine.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using SteadyClock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "figures: %s\n", what.c_str());
  std::exit(1);
}

double micros_since(SteadyClock::time_point start) {
  return std::chrono::duration<double, std::micro>(SteadyClock::now() - start).count();
}

struct Spread {
  double p50, p99;
};

Spread spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values[values.size() * 99 / 100]};
}

/// The texts as execve() wants them: pointers that live as long as the texts, then a null pointer.
std::vector<char*> terminated(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// A child with its stdin and stdout as pipes; ended and reaped on destruction.
class Child {
 public:
  Child(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe(in.data()) != 0 || ::pipe(out.data()) != 0) fail("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      for (const int fd : {in[0], in[1], out[0], out[1]}) ::close(fd);
      std::vector<char*> args = terminated(argv);
      std::vector<char*> env = terminated(environment);
      ::execve(args[0], args.data(), env.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = out[0];
  }

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  ~Child() {
    ::close(to_);
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    ::close(from_);
  }

  std::string ask(const std::string& line) {
    send(line);
    return next_line();
  }

  void send(const std::string& lines) {
    if (::write(to_, lines.data(), lines.size()) != static_cast<ssize_t>(lines.size())) fail("write to the server");
  }

  std::string next_line() {
    for (;;) {
      if (const auto end = buffer_.find('\n'); end != std::string::npos) {
        std::string answer = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return answer;
      }
      std::array<char, 65536> chunk{};
      const ssize_t count = ::read(from_, chunk.data(), chunk.size());
      if (count <= 0) fail("the server went away");
      buffer_.append(chunk.data(), static_cast<std::size_t>(count));
    }
  }

  /// Resident set, MiB.
  [[nodiscard]] double resident() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
    }
    return 0;
  }

 private:
  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string buffer_;
};

/// A kept HTTP connection without any library: the least that a request can cost.
class RawHttp {
 public:
  explicit RawHttp(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect to the API");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  RawHttp(const RawHttp&) = delete;
  RawHttp& operator=(const RawHttp&) = delete;

  ~RawHttp() { ::close(fd_); }

  void get(const std::string& request) {
    if (::write(fd_, request.data(), request.size()) < 0) fail("write to the API");
    std::string answer;
    for (std::size_t body_at = std::string::npos, length = 0;
         body_at == std::string::npos || answer.size() < body_at + length;) {
      std::array<char, 65536> chunk{};
      const ssize_t count = ::read(fd_, chunk.data(), chunk.size());
      if (count <= 0) fail("the API closed the connection");
      answer.append(chunk.data(), static_cast<std::size_t>(count));
      const auto head_end = answer.find("\r\n\r\n");
      if (head_end == std::string::npos) continue;
      body_at = head_end + 4;
      const auto header = answer.find("Content-Length: ");
      if (header == std::string::npos) fail("no Content-Length");
      length = std::strtoul(answer.c_str() + header + 16, nullptr, 10);
    }
  }

 private:
  int fd_;
};

const char* const kInitialize =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"figures","version":"1"}}})"
    "\n";

std::string call_of_20_turns() {
  std::string turns;
  for (int i = 0; i < 20; ++i) {
    turns += std::string(i == 0 ? "" : ",") +
             R"({"id":"t","transcript":"Yes, that would be fine. Could you tell me again which day you had in mind?",)"
             R"("response":"Of course. We have a table for four at seven on Friday, by the window.",)"
             R"("createdAt":"2026-01-01T00:00:00Z","confidence":0.98})";
  }
  return R"({"id":"call_1","agentId":"agt_1","phoneNumberId":"num_1","fromNumber":"+14155550100",)"
         R"("toNumber":"+14155550123","direction":"outbound","status":"completed","startedAt":"2026-01-01T00:00:00Z",)"
         R"("endedAt":"2026-01-01T00:02:00Z","durationSeconds":120,"transcripts":[)" +
         turns + "]}";
}

/// What the API answers, by how the request begins; anything else is a list of one number.
std::string answer_to(const std::string& request) {
  static const std::string call = call_of_20_turns();
  if (request.starts_with("GET /v1/calls/")) return call;
  if (request.starts_with("POST /v1/messages")) {
    return R"({"id":"msg_1","status":"queued","channel":"sms","from_number":"+14155550100","to_number":"+14155550123","conversation_id":"conv_1"})";
  }
  return R"({"data":[{"id":"num_1","phoneNumber":"+14155550100","country":"US","status":"active","type":"sms","agentId":"agt_1","createdAt":"2026-01-01T00:00:00Z"}],"hasMore":false,"total":1})";
}

/// An API with prepared answers, each given after `delay`. A thread a connection, until the process ends.
class PreparedApi {
 public:
  explicit PreparedApi(std::chrono::milliseconds delay = {}) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd_, 64) != 0 ||
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      fail("no port for the API");
    }
    port_ = ntohs(address.sin_port);
    std::thread([fd = fd_, delay] {
      for (;;) std::thread(answer_all, ::accept(fd, nullptr, nullptr), delay).detach();
    }).detach();
  }

  [[nodiscard]] int port() const { return port_; }

 private:
  /// True when `request` holds its whole body.
  static bool is_whole(const std::string& request) {
    const auto head_end = request.find("\r\n\r\n");
    if (head_end == std::string::npos) return false;
    const auto header = request.find("Content-Length: ");
    const std::size_t length = header < head_end ? std::strtoul(request.c_str() + header + 16, nullptr, 10) : 0;
    return request.size() >= head_end + 4 + length;
  }

  static void answer_all(int fd, std::chrono::milliseconds delay) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::string request;
    std::array<char, 8192> chunk{};
    for (ssize_t count = 0; (count = ::read(fd, chunk.data(), chunk.size())) > 0;) {
      request.append(chunk.data(), static_cast<std::size_t>(count));
      if (!is_whole(request)) continue;
      const std::string body = answer_to(request);
      const std::string answer =
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
          "\r\n\r\n" + body;
      request.clear();
      if (delay > delay.zero()) std::this_thread::sleep_for(delay);
      if (::write(fd, answer.data(), answer.size()) < 0) break;
    }
    ::close(fd);
  }

  int fd_;
  int port_ = 0;
};

std::vector<double> repeat(int count, const std::function<void()>& once) {
  std::vector<double> times;
  for (int i = 0; i < count / 10; ++i) once();  // warm up
  for (int i = 0; i < count; ++i) {
    const auto start = SteadyClock::now();
    once();
    times.push_back(micros_since(start));
  }
  return times;
}

std::string call_of(const std::string& tool, const std::string& arguments, int id = 4) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"tools/call","params":{"name":")" + tool +
         R"(","arguments":)" + arguments + "}}\n";
}

/// A server whose API is at `port`, after its handshake.
std::unique_ptr<Child> connected(const std::string& server, const std::string& home, int port) {
  auto child = std::make_unique<Child>(
      std::vector<std::string>{server},
      std::vector<std::string>{home, "AGENTPHONE_BASE_URL=http://127.0.0.1:" + std::to_string(port),
                               "AGENTPHONE_API_KEY=sk_test_figures"});
  child->ask(kInitialize);
  return child;
}

/// Calls a second with 32 in flight.
double rate_in_flight(Child& client) {
  constexpr int kInFlight = 32;
  constexpr int kCalls = 20 * kInFlight;
  const auto ask = [&client](int id) { client.send(call_of("list_numbers", "{}", id)); };
  for (int id = 0; id < kInFlight; ++id) ask(id);
  for (int id = 0; id < kInFlight; ++id) client.next_line();  // every thread and connection is there now
  const auto start = SteadyClock::now();
  for (int id = 0; id < kInFlight; ++id) ask(id);
  for (int done = 0; done < kCalls; ++done) {
    client.next_line();
    if (done + kInFlight < kCalls) ask(done + kInFlight);
  }
  return kCalls / (micros_since(start) / 1'000'000);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) fail("usage: agentphone_mcp_figures SERVER");
  const std::string server = argv[1];
  const std::filesystem::path home =
      std::filesystem::temp_directory_path() / ("agentphone-figures-" + std::to_string(::getpid()));
  std::filesystem::create_directories(home);
  const std::vector<std::string> bare{"HOME=" + home.string()};

  std::vector<double> starts;
  std::vector<double> exits;
  double resident = 0;
  for (int i = 0; i < 41; ++i) {
    const auto start = SteadyClock::now();
    auto* child = new Child({server, "--sandbox"}, bare);
    child->ask(kInitialize);
    starts.push_back(micros_since(start) / 1000);
    child->ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}\n");
    resident = child->resident();
    const auto end = SteadyClock::now();
    delete child;
    exits.push_back(micros_since(end) / 1000);
  }
  std::printf("spawn to initialize      p50 %6.2f ms   p99 %6.2f ms\n", spread(starts).p50, spread(starts).p99);
  std::printf("end of input to exit     p50 %6.2f ms\n", spread(exits).p50);
  std::printf("resident after tools/list    %6.1f MiB\n", resident);

  const PreparedApi api;
  const int port = api.port();
  RawHttp raw(port);
  const std::string request =
      "GET /v1/numbers HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk_test_figures\r\n\r\n";
  const Spread direct = spread(repeat(5000, [&] { raw.get(request); }));

  const auto client = connected(server, bare[0], port);
  const Spread ping =
      spread(repeat(5000, [&] { client->ask("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"}\n"); }));
  std::printf("ping over stdio          p50 %6.1f us   p99 %6.1f us\n", ping.p50, ping.p99);
  std::printf("API request, bare socket p50 %6.1f us   p99 %6.1f us\n", direct.p50, direct.p99);
  const std::array<std::pair<const char*, std::string>, 3> calls{
      {{"list_numbers over stdio ", call_of("list_numbers", "{}")},
       {"poll_call with 20 turns ", call_of("poll_call", R"({"call_id":"call_1"})")},
       {"send_sms over stdio     ",
        call_of("send_sms", R"({"agent_id":"agt_1","to_number":"+14155550123","body":"See you at seven."})")}}};
  for (const auto& [name, line] : calls) {
    const Spread call = spread(repeat(2000, [&, &text = line] { client->ask(text); }));
    std::printf("%s p50 %6.1f us   p99 %6.1f us   overhead %6.1f us\n", name, call.p50, call.p99,
                call.p50 - direct.p50);
  }
  std::printf("resident at the end          %6.1f MiB\n", client->resident());
  const PreparedApi slow_api(std::chrono::milliseconds(50));
  std::printf("32 in flight, API of 50 ms   %6.0f calls/s\n",
              rate_in_flight(*connected(server, bare[0], slow_api.port())));
  std::filesystem::remove_all(home);
  return 0;
}
