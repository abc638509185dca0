#include "transport/stdio_transport.h"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "base/redact.h"
#include "jsonrpc/outbox.h"
#include "mcp/session.h"
#include "transport/line_reader.h"

namespace apmcp::transport {
namespace {

constexpr std::size_t kOutboxBytes = std::size_t{8} << 20;

/// Frames messages as lines, and takes keys out of what a client itself may have put into them. When the client stops
/// reading, senders wait, and with them, in the end, the reader.
class LineSink final : public jsonrpc::MessageSink {
 public:
  LineSink(const platform::StdioChannel& channel, platform::StopSignal& stop)
      : stop_(stop),
        outbox_([&channel, &stop](std::string_view text) { return channel.write(text, stop); }, kOutboxBytes) {}

  void send(jsonrpc::Outgoing message) override {
    std::string line = scrub_keys(std::move(message.text));
    line += '\n';
    if (!outbox_.push(line)) stop_.request();
  }

  void flush() { outbox_.flush(); }

  [[nodiscard]] bool is_broken() const { return outbox_.is_broken(); }

 private:
  platform::StopSignal& stop_;
  jsonrpc::Outbox outbox_;
};

}  // namespace

StdioTransport::StdioTransport(const platform::StdioChannel& channel, platform::StopSignal& stop, Options options)
    : channel_(channel), stop_(stop), options_(options) {}

bool StdioTransport::serve(const mcp::McpServer& server, Executor& executor) {
  const auto sink = std::make_shared<LineSink>(channel_, stop_);
  const auto session = mcp::Session::create(server, executor, sink, {});
  LineReader lines(JsonLimits{}.bytes,
                   {.line = [&](std::string_view line) { session->receive(line); },
                    .too_long =
                        [&](std::string_view head, std::string_view tail) {
                          session->receive(jsonrpc::decode_cut(head, tail, "the line is longer than 4 MiB"));
                        }});
  std::array<char, std::size_t{64} << 10> buffer{};
  while (const std::size_t count = channel_.read(buffer, stop_)) lines.feed({buffer.data(), count});
  if (!stop_.is_requested()) lines.finish();
  stop_.request();  // from here on no write waits for ever
  const bool is_done = session->drain(sink->is_broken() ? std::chrono::milliseconds::zero() : options_.grace);
  sink->flush();
  return is_done;
}

}  // namespace apmcp::transport
