#include "mcp/revision.h"

#include <algorithm>
#include <array>

namespace apmcp::mcp {
namespace {

// clang-format off
//   date       stateless batch  annot. struct. progr. audio  compl. titles links  icons  elicit. modes  priming
constexpr std::array<Revision, 5> kRevisions{{
    {"2024-11-05", false, true,  false, false, false, false, false, false, false, false, false, false, false},
    {"2025-03-26", false, true,  true,  false, true,  true,  true,  false, false, false, false, false, false},
    {"2025-06-18", false, false, true,  true,  true,  true,  true,  true,  true,  false, true,  false, false},
    {"2025-11-25", false, false, true,  true,  true,  true,  true,  true,  true,  true,  true,  true,  true},
    {"2026-07-28", true,  false, true,  true,  true,  true,  true,  true,  true,  true,  true,  true,  false},
}};
// clang-format on

}  // namespace

std::span<const Revision> revisions() {
  return kRevisions;
}

const Revision* find_revision(std::string_view date) {
  const auto* const found = std::find_if(kRevisions.begin(), kRevisions.end(),
                                         [&](const Revision& revision) { return revision.date == date; });
  return found == kRevisions.end() ? nullptr : found;
}

const Revision& latest_with_handshake() {
  return kRevisions[3];
}

}  // namespace apmcp::mcp
