#pragma once

#include "listener/http_listener.h"
#include "listener/peer_socket.h"

namespace apmcp::listener {

/// What the request says about its answer.
struct AnswerFraming {
  bool is_head = false;        ///< the answer has no body, only its description
  bool is_http_1_0 = false;    ///< a stream ends with the connection: there are no chunks
  bool closes = false;         ///< the connection ends with the answer
  std::size_t sent_ahead = 0;  ///< bytes of kStatusLineStart that have left already
};

/// Writes answers, one at a time: status line, fields, and the body with its length or in chunks (RFC 9112, sections 4,
/// 6 and 7). Head and body leave in one write, and so does each chunk. Used by the connection's thread alone.
class ResponseWriter {
 public:
  /// `socket` outlives the writer.
  explicit ResponseWriter(PeerSocket& socket) : socket_(socket) {}

  /// Sends `answer`; an answer that could not be put on the wire as it is goes out as 500. A stream runs in here, on
  /// this thread. True when everything left and the connection may serve another request, as far as the answer is
  /// concerned.
  bool write(HttpResponse answer, AnswerFraming framing);

 private:
  bool write_stream(const std::function<bool(Peer&)>& stream, bool is_chunked);

  PeerSocket& socket_;
};

}  // namespace apmcp::listener
