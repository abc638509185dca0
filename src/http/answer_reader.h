#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/http_transport.h"

namespace apmcp::http {

/// The fields of an answer's head that the client uses.
struct AnswerHead {
  int status = 0;  ///< 200-599; interim answers are skipped
  std::string content_type;
  std::string retry_after;
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
  bool closes = false;  ///< the connection ends with this answer
};

/// Checks the raw bytes that libcurl received and removes the chunked framing. libcurl accepts much that two readers
/// can understand differently (RFC 9112); here it is an error. Limits: status line 256 B, head 32 KiB, 128 fields, 4
/// interim answers, trailer 8 KiB, `max_body` bytes of body. One reader per answer. Pure.
class AnswerReader {
 public:
  explicit AnswerReader(std::uint64_t max_body) : max_body_(max_body) {}

  /// Takes the next line of the head, with its line end. False: error() says why.
  bool take_line(std::string_view line);

  /// Takes bytes that follow the head and hands the body in them to `sink`. False: error() says why, or `sink` returned
  /// false and error() is empty.
  bool take_bytes(std::string_view bytes, const BodySink& sink);

  [[nodiscard]] const AnswerHead& head() const { return head_; }

  [[nodiscard]] const std::string& error() const { return error_; }

  /// The last byte has been taken.
  [[nodiscard]] bool is_whole() const { return part_ == Part::kEnd; }

  /// The end of the connection is the end of the body.
  [[nodiscard]] bool ends_with_connection() const { return part_ == Part::kUntilClose; }

  /// Another answer may follow on this connection: no byte after the end, and neither side announced to close.
  [[nodiscard]] bool may_reuse() const { return part_ == Part::kEnd && !head_.closes && !has_excess_; }

 private:
  enum class Part { kHead, kLength, kUntilClose, kChunkSize, kChunkData, kChunkEnd, kTrailer, kEnd };

  bool take_status_line(std::string_view line);
  bool take_field(std::string_view line);
  bool take_known_field(const std::string& name, std::string_view value);
  bool end_head();
  bool take_data(std::string_view& bytes, const BodySink& sink);
  bool take_framing(std::string_view& bytes);
  bool take_framing_line(std::string_view line);

  bool refuse(std::string_view why);

  const std::uint64_t max_body_;
  Part part_ = Part::kHead;
  AnswerHead head_;
  std::string line_;  ///< of the chunked framing, as far as it has come
  std::string error_;
  bool is_http_1_0_ = false;
  bool keeps_alive_ = false;
  bool has_excess_ = false;
  std::size_t head_bytes_ = 0;
  std::size_t head_lines_ = 0;
  std::size_t interim_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::uint64_t remaining_ = 0;  ///< bytes of the body or of the chunk
  std::uint64_t body_bytes_ = 0;
};

}  // namespace apmcp::http
