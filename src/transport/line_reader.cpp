#include "transport/line_reader.h"

#include <algorithm>
#include <utility>

namespace apmcp::transport {
namespace {

constexpr std::size_t kKeptHead = std::size_t{64} << 10;
constexpr std::size_t kKeptTail = 1024;
constexpr std::size_t kReusableBuffer = std::size_t{1} << 16;

}  // namespace

LineReader::LineReader(std::size_t max_line, Callbacks callbacks)
    : max_line_(max_line), callbacks_(std::move(callbacks)) {}

void LineReader::feed(std::string_view bytes) {
  for (;;) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) break;
    end_line(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
  }
  keep(bytes);
}

void LineReader::finish() { end_line({}); }

void LineReader::keep(std::string_view part) {
  if (part.empty()) return;
  if (!is_too_long_ && partial_.size() + part.size() <= max_line_) {
    partial_ += part;
    return;
  }
  if (!is_too_long_) {
    is_too_long_ = true;
    tail_ = partial_.substr(partial_.size() - std::min(partial_.size(), kKeptTail));
    partial_ += part.substr(0, kKeptHead);
    partial_.resize(std::min(partial_.size(), kKeptHead));
    partial_.shrink_to_fit();
  }
  tail_ += part.substr(part.size() - std::min(part.size(), kKeptTail));
  if (tail_.size() > kKeptTail) tail_.erase(0, tail_.size() - kKeptTail);
}

void LineReader::end_line(std::string_view last_part) {
  const bool is_whole = partial_.empty() && !is_too_long_ && last_part.size() <= max_line_;
  if (!is_whole) keep(last_part);
  if (is_too_long_) {
    callbacks_.too_long(partial_, tail_);
  } else {
    std::string_view line = is_whole ? last_part : std::string_view(partial_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") != std::string_view::npos) callbacks_.line(line);
  }
  partial_.clear();
  if (partial_.capacity() > kReusableBuffer) partial_.shrink_to_fit();
  tail_.clear();
  is_too_long_ = false;
}

}  // namespace apmcp::transport
