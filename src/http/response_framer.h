#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace apmcp::http {

/// What we keep of the head of an answer.
struct ResponseHead {
  int status = 0;  ///< 200-599; 1xx are swallowed
  std::string content_type;
  std::string retry_after;
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
  bool closes = false;  ///< the connection ends with this answer
};

/// Cuts one HTTP/1.1 answer out of a byte stream, strictly (RFC 9112): what two readers could understand in two ways is
/// an error. Bounded: status line 256 B, head 32 KiB, 128 fields, 4 interim answers, and `max_body` bytes of body.
/// Pure; feed it and look.
class ResponseFramer {
 public:
  enum class Progress {
    kNeedMore,  ///< all input is consumed
    kHead,      ///< head() is complete; call again for the body
    kBody,      ///< body() holds a piece, which points into the input
    kDone,      ///< the answer is complete; input left over does not belong to it
    kError,     ///< error() says why; nothing more will come
  };

  explicit ResponseFramer(std::uint64_t max_body) : max_body_(max_body) {}

  /// Consumes a part of `input` and says what it was.
  Progress next(std::string_view& input);

  /// The stream ended in order. kDone when that completes the answer, else kError.
  Progress end_of_input();

  [[nodiscard]] const ResponseHead& head() const { return head_; }

  [[nodiscard]] std::string_view body() const { return piece_; }

  [[nodiscard]] const std::string& error() const { return error_; }

  [[nodiscard]] bool is_done() const { return state_ == State::kDone; }

 private:
  enum class State { kHead, kLength, kUntilClose, kChunkSize, kChunkData, kChunkEnd, kTrailer, kDone, kError };

  Progress next_head(std::string_view& input);
  Progress next_data(std::string_view& input);
  Progress next_line(std::string_view& input);

  std::optional<Progress> collect_head(std::string_view& input);
  bool parse_head(std::string_view text);
  bool parse_status_line(std::string_view line);
  bool parse_field(std::string_view line);
  bool take_field(const std::string& name, std::string_view value);
  bool take_content_length(std::string_view value);
  bool start_body();
  bool take_chunk_line(std::string_view line);

  Progress fail(std::string_view why);
  bool refuse(std::string_view why);

  const std::uint64_t max_body_;
  State state_ = State::kHead;
  std::string buffer_;  ///< the head, or a line of the chunked framing, as far as it has come
  std::string_view piece_;
  ResponseHead head_;
  bool is_http_1_0_ = false;
  bool keeps_alive_ = false;
  std::size_t interim_ = 0;
  std::uint64_t remaining_ = 0;  ///< of the body or of the chunk
  std::uint64_t body_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string error_;
};

}  // namespace apmcp::http
