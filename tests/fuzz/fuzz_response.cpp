// Whatever AgentPhone's side sends: the framer consumes it all or stops, and never grows past its limits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/response_framer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using apmcp::http::ResponseFramer;
  constexpr std::size_t kMaxBody = 1000;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  ResponseFramer framer(kMaxBody);
  std::size_t body = 0;
  for (;;) {
    const std::size_t before = input.size();
    const auto progress = framer.next(input);
    if (progress == ResponseFramer::Progress::kBody) body += framer.body().size();
    if (body > kMaxBody) std::abort();
    if (progress == ResponseFramer::Progress::kDone || progress == ResponseFramer::Progress::kError) break;
    if (progress == ResponseFramer::Progress::kNeedMore) {
      if (!input.empty()) std::abort();
      static_cast<void>(framer.end_of_input());
      break;
    }
    if (progress != ResponseFramer::Progress::kHead && input.size() == before) std::abort();
  }
  return 0;
}
