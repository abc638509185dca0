// Whatever AgentPhone's side sends: the reader takes it all or stops, and never hands on more than its limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/answer_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxBody = 1000;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  apmcp::http::AnswerReader reader(kMaxBody);
  std::size_t body = 0;
  // The head line by line, as libcurl cuts it; then the rest in pieces of 1 to 16 bytes.
  for (bool is_head = true; is_head;) {
    const std::string_view line = input.substr(0, input.find('\n') + 1);
    if (line.empty() || !reader.take_line(line)) return 0;
    input.remove_prefix(line.size());
    is_head = line != "\r\n" || reader.head().status < 200;
  }
  while (!input.empty()) {
    const std::string_view piece = input.substr(0, 1 + input.size() % 16);
    input.remove_prefix(piece.size());
    const bool taken = reader.take_bytes(piece, [&](std::string_view bytes) {
      body += bytes.size();
      return true;
    });
    if (body > kMaxBody) std::abort();
    if (taken != reader.error().empty()) std::abort();
    if (!taken) return 0;
  }
  return 0;
}
