#include "platform/shared_object.h"

#ifdef __linux__
#include <array>
#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"

namespace apmcp::platform {
namespace {

bool copy_into(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void* open_object(const std::string& path) {
  return ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
}

void* open_in_memory(const std::string& name, std::string_view bytes) {
  const int fd = ::memfd_create(name.c_str(), MFD_CLOEXEC);
  if (fd < 0) return nullptr;
  void* object = copy_into(fd, bytes) ? open_object("/proc/self/fd/" + std::to_string(fd)) : nullptr;
  // The loader tells objects apart by their path, so the descriptor stays taken as long as the object is loaded.
  if (object == nullptr) ::close(fd);
  return object;
}

/// For systems that forbid to run memory files: a private file that is gone again before anybody could look.
void* open_in_temporary_file(std::string_view bytes) {
  std::array<char, 32> path{"/tmp/agentphone-mcp-XXXXXX"};
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return nullptr;
  const bool is_written = copy_into(fd, bytes);
  ::close(fd);
  void* object = is_written ? open_object(path.data()) : nullptr;
  ::unlink(path.data());
  return object;
}

}  // namespace

void* load_shared_object(std::string_view name, std::string_view bytes, const char* symbol) {
  void* object = open_in_memory("agentphone-mcp-" + std::string(name), bytes);
  if (object == nullptr) object = open_in_temporary_file(bytes);
  void* address = object == nullptr ? nullptr : ::dlsym(object, symbol);
  if (address == nullptr) {
    const char* reason = ::dlerror();
    log::error("module_not_loaded",
               {{"module", std::string(name)}, {"reason", reason == nullptr ? "unknown" : reason}});
  }
  return address;
}

}  // namespace apmcp::platform
#endif
