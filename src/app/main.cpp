#include <cstdio>
#include <exception>
#include <variant>

#include "agentphone_mcp/app.h"
#include "app/command_line.h"
#include "platform/process.h"

int main(int argc, char** argv) {
  apmcp::platform::fill_standard_descriptors();
  try {
    auto parsed = apmcp::app::parse_command_line(argc, argv);
    if (const int* code = std::get_if<int>(&parsed)) return *code;
    return apmcp::run(std::get<apmcp::Config>(parsed));
  } catch (const std::exception&) {
    // Its text may quote input, so it stays unsaid.
    static_cast<void>(std::fputs("agentphone-mcp: internal error at start\n", stderr));
    return apmcp::exit_code::kSoftware;
  }
}
