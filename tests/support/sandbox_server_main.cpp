// Serves the sandbox for tests that need nothing else of the program: sandbox_server_for_tests sandbox --port N
// --port-file F
// [--sandbox-speed N]. Ends when its standard input ends or on SIGTERM.
#include <cstdio>
#include <cstdlib>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

#include "sandbox/sandbox.h"

int main(int argc, char** argv) {
  apmcp::sandbox::SandboxServerOptions options;
  for (int i = 1; i + 1 < argc; ++i) {
    const std::string_view name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--port") options.port = static_cast<int>(std::strtol(value, nullptr, 10));
    if (name == "--port-file") options.port_file = value;
    if (name == "--sandbox-speed") options.speed = std::strtod(value, nullptr);
  }
  options.log_codes = [](const std::string& email, const std::string& code) {
    std::fprintf(stderr, "sandbox: sign-up code for %s: %s\n", email.c_str(), code.c_str());
  };
  std::stop_source stop;
  const std::jthread input([&stop] {
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    stop.request_stop();
  });
  const apmcp::Status served = apmcp::sandbox::serve_sandbox(options, stop.get_token());
  if (served) return 0;
  std::fprintf(stderr, "%s\n", served.error().message.c_str());
  // Standard input may stay open for ever, and nothing is left to serve.
  std::_Exit(1);
}
