// Whatever arrives on the pipe: it is cut into lines, decoded, and what can be answered encodes to JSON again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "base/json_parse.h"
#include "jsonrpc/codec.h"
#include "transport/line_reader.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view line) {
  using namespace apmcp;  // NOLINT(google-build-using-namespace)
  const jsonrpc::Decoded decoded = jsonrpc::decode(line);
  require(!decoded.items.empty());
  for (const auto& item : decoded.items) {
    const auto* bad = std::get_if<jsonrpc::Undecodable>(&item);
    if (bad != nullptr) require(parse_json(jsonrpc::encode_error(bad->id, bad->error)).ok());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  apmcp::transport::LineReader lines(1024,
                                     {.line = check, .too_long = [](std::string_view head, std::string_view tail) {
                                        static_cast<void>(apmcp::jsonrpc::decode_cut(head, tail, "too long"));
                                      }});
  lines.feed(bytes.substr(0, size / 2));
  lines.feed(bytes.substr(size / 2));
  lines.finish();
  return 0;
}
