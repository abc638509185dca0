#include "app/complaint.h"

#include <cstdio>

#include "base/redact.h"

namespace apmcp::app {

void say(const std::string& line) {
  static_cast<void>(std::fprintf(stderr, "agentphone-mcp: %s\n", escape_controls(scrub_secrets(line)).c_str()));
}

int complain(const Complaint& complaint) {
  say(complaint.line);
  return complaint.exit_code;
}

}  // namespace apmcp::app
