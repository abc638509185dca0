#include "platform/file_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace apmcp::platform {
namespace {

/// Whether the open file is the one that has the name now. A lock on any other locks out nobody.
bool has_name(const UniqueFd& file, const std::filesystem::path& path) {
  struct stat opened {};

  struct stat named {};

  return ::fstat(file.get(), &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

/// Closed when the lock cannot be had.
UniqueFd lock_file(const std::filesystem::path& path, int operation) {
  constexpr ::mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
  for (;;) {
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
    if (!file.is_open()) return file;
    while (::flock(file.get(), operation) != 0) {
      if (errno != EINTR) return UniqueFd();
    }
    // Who held it until now may have removed the file between our open and our lock.
    if (has_name(file, path)) return file;
  }
}

}  // namespace

std::optional<FileLock> FileLock::try_take(const std::filesystem::path& path) {
  UniqueFd file = lock_file(path, LOCK_EX | LOCK_NB);
  return file.is_open() ? std::optional(FileLock(path, std::move(file))) : std::nullopt;
}

std::optional<FileLock> FileLock::take(const std::filesystem::path& path) {
  UniqueFd file = lock_file(path, LOCK_EX);
  return file.is_open() ? std::optional(FileLock(path, std::move(file))) : std::nullopt;
}

FileLock::~FileLock() {
  // Before the lock goes with the file, and never a file that somebody else has put in its place.
  if (file_.is_open() && has_name(file_, path_)) ::unlink(path_.c_str());
}

}  // namespace apmcp::platform
