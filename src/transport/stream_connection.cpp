#include "transport/stream_connection.h"

#include <utility>

#include "transport/sse_format.h"

namespace apmcp::transport {
namespace {

using listener::Peer;

/// Proxies close what is silent for a minute or even half of one.
constexpr std::chrono::seconds kKeepAliveInterval{15};

}  // namespace

StreamConnection::StreamConnection(std::shared_ptr<MessageStream> stream, std::shared_ptr<MessageStream::Reader> reader,
                                   Endings endings)
    : stream_(std::move(stream)), endings_(std::move(endings)), reader_(std::move(reader)) {}

StreamConnection::~StreamConnection() {
  stream_->detach(reader_.get());
  if (endings_.left) endings_.left();
}

void StreamConnection::stop_waiting() const {
  if (endings_.stopping) endings_.stopping();
}

MessageStream::Answer StreamConnection::await_answer(Peer& peer, bool is_batch) {
  using Shape = MessageStream::Shape;
  for (;;) {
    reader_->wake.clear();
    auto answer = stream_->take_answer(reader_.get(), is_batch);
    if (answer.shape != Shape::kUndecided) return answer;
    switch (peer.wait(reader_->wake, kKeepAliveInterval)) {
      case Peer::Event::kWoken: break;
      case Peer::Event::kTimeout:
        if (stream_->takes_events()) return {.shape = Shape::kEvents};
        break;
      case Peer::Event::kGone: return {};
      case Peer::Event::kStopping: stop_waiting(); return stream_->take_answer(reader_.get(), is_batch);
    }
  }
}

bool StreamConnection::write_events(Peer& peer) {
  bool is_stopping = false;
  for (;;) {
    reader_->wake.clear();
    const auto chunk = stream_->take_events(reader_.get());
    if (!chunk.bytes.empty() && !peer.write(chunk.bytes)) return false;
    if (chunk.is_last) return !chunk.is_broken;
    if (is_stopping) return true;
    switch (peer.wait(reader_->wake, kKeepAliveInterval)) {
      case Peer::Event::kWoken: break;
      case Peer::Event::kTimeout:
        if (!peer.write(kSseKeepAlive)) return false;
        break;
      case Peer::Event::kGone: return false;
      case Peer::Event::kStopping:
        stop_waiting();
        is_stopping = true;
        break;
    }
  }
}

}  // namespace apmcp::transport
