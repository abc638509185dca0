#include "platform/process.h"

#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <cstdlib>
#include <cstring>

namespace apmcp::platform {

void protect_memory() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__) && defined(NDEBUG)
  ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

void drop_openssl_environment() {
  for (const char* name : {"OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    ::unsetenv(name);
  }
}

void exit_now(int code) {
  ::_exit(code);
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

std::optional<std::string> take_environment(const char* name) {
  char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  std::string taken(value);
  std::memset(value, 0, taken.size());
  ::unsetenv(name);
  return taken.empty() ? std::nullopt : std::optional<std::string>(std::move(taken));
}

}  // namespace apmcp::platform
