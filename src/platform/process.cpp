#include "platform/process.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <climits>

namespace apmcp::platform {

void protect_memory() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__) && defined(NDEBUG)
  ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

void fill_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number, which is this one: those below it are open by now.
    static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

bool is_terminal_input() {
  return ::isatty(STDIN_FILENO) == 1;
}

void drop_openssl_environment() {
  for (const char* name : {"OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    ::unsetenv(name);
  }
}

std::size_t raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  rlim_t highest = limit.rlim_max;
#ifdef __APPLE__
  highest = std::min<rlim_t>(highest, OPEN_MAX);  // more is refused, whatever the hard limit says
#endif
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = std::max(before, std::min<rlim_t>(wanted, highest));
  const bool is_raised = limit.rlim_cur == before || ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
  return static_cast<std::size_t>(is_raised ? limit.rlim_cur : before);
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
