#include "platform/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace apmcp::platform {

std::optional<FileLock> FileLock::try_take(const std::filesystem::path& path) {
  constexpr ::mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
  if (!file.is_open() || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  return FileLock(path, std::move(file));
}

FileLock::~FileLock() {
  // Before the lock goes with the file: nobody can take a lock on a name that is about to vanish.
  if (file_.is_open()) ::unlink(path_.c_str());
}

}  // namespace apmcp::platform
