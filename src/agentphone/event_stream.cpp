#include "agentphone/event_stream.h"

namespace apmcp::agentphone {

EventStreamParser::Progress EventStreamParser::feed(std::string_view bytes, const OnEvent& on_event) {
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      after_cr_ = false;
      continue;
    }
    after_cr_ = false;
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + part.size() > kMaxBytes) return Progress::kTooLong;
    line_.append(part);
    if (end == std::string_view::npos) return Progress::kMore;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (const Progress progress = end_line(on_event); progress != Progress::kMore) return progress;
    line_.clear();
  }
  return Progress::kMore;
}

EventStreamParser::Progress EventStreamParser::end_line(const OnEvent& on_event) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string_view line = line_;
  if (is_first_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  is_first_ = false;
  if (!line.empty()) {
    take_field(line);
    return data_.size() > kMaxBytes ? Progress::kTooLong : Progress::kMore;
  }
  const bool has_data = !data_.empty();
  StreamEvent event{.name = name_.empty() ? "message" : std::move(name_), .data = std::move(data_)};
  name_.clear();
  data_.clear();
  if (!has_data) return Progress::kMore;
  event.data.pop_back();
  return on_event(event) ? Progress::kMore : Progress::kEnough;
}

void EventStreamParser::take_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") name_ = value;
  if (field == "data") data_.append(value).push_back('\n');
}

}  // namespace apmcp::agentphone
