#pragma once

#include <string>

#include "listener/http_listener.h"
#include "listener/httplib_compat.h"
#include "listener/peer_socket.h"

namespace apmcp::listener {

/// What the request says about its answer.
struct AnswerFraming {
  bool is_head = false;      ///< the answer has no body, only its description
  bool is_http_1_0 = false;  ///< a stream ends with the connection: there are no chunks
  bool closes = false;       ///< the connection ends with the answer
};

/// Writes answers, one at a time, by the HTTP library: status line, fields, chunks. The library sees a request that we
/// wrote for it, never one of a client: it parses header values with std::regex, decodes them, and lets a client choose
/// ranges and encodings of the answer.
class ResponseWriter final : private compat::ServerBase {
 public:
  /// Outlives the writer.
  explicit ResponseWriter(PeerSocket& socket);

  /// Sends `answer`; an answer that could not be put on the wire as it is goes out as 500. A stream runs in here, on
  /// this thread. True when everything left and the connection may serve another request, as far as the answer is
  /// concerned.
  bool write(HttpResponse answer, const AnswerFraming& framing);

 private:
  class AnswerStream;
  class StreamPeer;

  void fill(httplib::Response& response);
  void fill_stream(httplib::Response& response, const std::string& content_type);

  PeerSocket& socket_;
  HttpResponse answer_;
  AnswerFraming framing_;
  AnswerStream* stream_ = nullptr;  ///< of the answer that is being written
};

}  // namespace apmcp::listener
