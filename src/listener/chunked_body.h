#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "listener/parse_progress.h"

namespace apmcp::listener {

/// Decodes the chunked body of a request, strictly (RFC 9112, section 7.1). Extensions and trailers are checked,
/// bounded (4 KiB of each) and dropped. Pure; feed it and look. One decoder per body.
class ChunkedBody {
 public:
  /// `max_body`: bytes after decoding.
  explicit ChunkedBody(std::uint64_t max_body) : max_body_(max_body) {}

  /// Consumes `input` up to the end of the body and appends what it held to `body`.
  ParseProgress feed(std::string_view& input, std::string& body);

  /// Once kRefused.
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  enum class Part { kSize, kData, kDataEnd, kTrailer, kEnd };

  void take_data(std::string_view& input, std::string& body);
  bool take_line_part(std::string_view& input);
  bool take_line(std::string_view line);
  bool take_size(std::string_view line);
  bool take_trailer(std::string_view line);

  bool refuse(int status, std::string_view why);

  const std::uint64_t max_body_;
  Part part_ = Part::kSize;
  std::string line_;                 ///< the present one, as far as it has come
  std::uint64_t remaining_ = 0;      ///< of the present chunk
  std::uint64_t announced_ = 0;      ///< by all chunks up to now
  std::size_t extension_bytes_ = 0;  ///< of all chunks up to now
  std::size_t trailer_bytes_ = 0;
  Refusal refusal_;
};

}  // namespace apmcp::listener
