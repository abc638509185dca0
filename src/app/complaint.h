#pragma once

#include <string>

namespace apmcp::app {

/// Why the program does not start, or ends: one line for the operator, and the exit code to leave with.
struct Complaint {
  std::string line;
  int exit_code;
};

/// Writes one line to stderr, with everything that is shaped like a key or a webhook secret taken out.
void say(const std::string& line);

/// Says it and gives the exit code back.
int complain(const Complaint& complaint);

}  // namespace apmcp::app
