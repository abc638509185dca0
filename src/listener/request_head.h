#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "listener/http_listener.h"
#include "listener/parse_progress.h"

namespace apmcp::listener {

/// The head of one request, and what it says about the rest of the conversation.
struct RequestHead {
  HttpRequest request;                          ///< all but the body; HTTP/1.0 may come without a Host
  std::optional<std::uint64_t> content_length;  ///< at most the limit of the body
  bool is_chunked = false;                      ///< never together with a length
  bool is_http_1_0 = false;
  bool keeps_alive = false;  ///< the client expects to use the connection again
  bool expects_continue = false;

  [[nodiscard]] bool has_body() const { return is_chunked || content_length.value_or(0) > 0; }
};

/// Reads the head of a request, strictly (RFC 9112): what two readers could understand in two ways is refused, and so
/// is what this server does not serve (compressed bodies, targets that are not a path). Bounded: 16 KiB, 64 fields, 2
/// KiB of target. Pure; feed it and look. One parser per request.
class RequestHeadParser {
 public:
  /// `max_body`: bytes; a longer Content-Length is refused with the head.
  explicit RequestHeadParser(std::uint64_t max_body) : max_body_(max_body) {}

  /// Consumes `input` up to the end of the head. Says as early as it can that a head will not do.
  ParseProgress feed(std::string_view& input);

  /// A byte of the request has come.
  [[nodiscard]] bool has_begun() const { return bytes_ > 0; }

  /// Once kDone.
  [[nodiscard]] RequestHead& head() { return head_; }

  /// Once kRefused.
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  enum class Part { kRequestLine, kFields, kEnd };

  bool take_bytes(std::string_view bytes);
  bool take_line(std::string_view line);
  bool take_request_line(std::string_view line);
  bool take_version(std::string_view version);
  bool take_target(std::string_view target);
  bool take_field(std::string_view line);

  bool conclude();
  bool conclude_host();
  bool conclude_framing();
  bool conclude_length(const std::string& value);
  bool conclude_expectation();
  void conclude_connection();

  bool refuse(int status, std::string_view why);

  const std::uint64_t max_body_;
  Part part_ = Part::kRequestLine;
  bool skipped_empty_line_ = false;
  std::size_t bytes_ = 0;
  std::size_t fields_ = 0;
  std::string line_;  ///< the present one, as far as it has come
  RequestHead head_;
  Refusal refusal_;
};

}  // namespace apmcp::listener
