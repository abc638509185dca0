#include "platform/files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/random.h"
#include "platform/unique_fd.h"

namespace apmcp::platform {
namespace {

constexpr mode_t kOwnerFile = 0600;
constexpr mode_t kOwnerDirectory = 0700;
constexpr mode_t kGroupAndOthers = 0077;
constexpr mode_t kAllButGroupRead = 0037;  // of group and others

Error failed(std::string_view what, const std::filesystem::path& path, int error) {
  return {.code = ErrorCode::kInternal,
          .message = "Cannot " + std::string(what) + " " + path.string() + ": " +
                     std::error_code(error, std::generic_category()).message() + "."};
}

Error refused(const std::filesystem::path& path, std::string_view why) {
  return {.code = ErrorCode::kPolicyDenied, .message = path.string() + " " + std::string(why)};
}

/// Makes what is missing of `directory` and above it, closed to others as the XDG specification asks. Errors show when
/// it is used.
void make_directories(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), kOwnerDirectory) == 0 || errno != ENOENT || !directory.has_relative_path()) return;
  make_directories(directory.parent_path());
  ::mkdir(directory.c_str(), kOwnerDirectory);
}

/// Opens it, and makes it when it is missing; `facts` are those of the opened one.
Result<UniqueFd> open_own_directory(const std::filesystem::path& directory, struct stat& facts) {
  make_directories(directory.parent_path());
  if (::mkdir(directory.c_str(), kOwnerDirectory) != 0 && errno != EEXIST) {
    return failed("create the directory", directory, errno);
  }
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.is_open()) {
    if (errno == ELOOP || errno == ENOTDIR) return refused(directory, "is no directory or a symbolic link.");
    return failed("open the directory", directory, errno);
  }
  if (::fstat(fd.get(), &facts) != 0) return failed("inspect the directory", directory, errno);
  if (facts.st_uid != ::geteuid()) return refused(directory, "belongs to another user.");
  return fd;
}

Result<UniqueFd> open_private_directory(const std::filesystem::path& directory) {
  struct stat facts {};

  auto fd = open_own_directory(directory, facts);
  if (fd && (facts.st_mode & kGroupAndOthers) != 0 && ::fchmod(fd->get(), kOwnerDirectory) != 0) {
    return failed("set the mode of", directory, errno);
  }
  return fd;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Writes and flushes the new file inside `directory`. 0, or the errno of what failed.
int write_fresh_file(int directory, const std::string& name, std::string_view bytes) {
  const UniqueFd file(
      ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerFile));
  if (!file.is_open()) return errno;
  // The umask may have taken the owner's bits away.
  if (::fchmod(file.get(), kOwnerFile) != 0) return errno;
  if (!write_all(file.get(), bytes)) return errno;
  return ::fsync(file.get()) == 0 ? 0 : errno;
}

/// Gives the complete file `temporary` its name. 0, or the errno of what failed.
using Naming = int (*)(int directory, const char* temporary, const char* name);

int replace_with(int directory, const char* temporary, const char* name) {
  return ::renameat(directory, temporary, directory, name) == 0 ? 0 : errno;
}

/// renameat() that fails with EEXIST when the name is taken; EINVAL or ENOSYS where the file system has no such thing.
int rename_exclusively(int directory, const char* temporary, const char* name) {
#ifdef __APPLE__
  return ::renameatx_np(directory, temporary, directory, name, RENAME_EXCL);
#else
  return ::renameat2(directory, temporary, directory, name, RENAME_NOREPLACE);
#endif
}

/// EEXIST when the name is taken.
int put_new(int directory, const char* temporary, const char* name) {
  int error = rename_exclusively(directory, temporary, name) == 0 ? 0 : errno;
  if (error == EINVAL || error == ENOSYS || error == ENOTSUP) {
    // The name is taken first, and a reader in between finds an empty file.
    const UniqueFd claim(::openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerFile));
    error = claim.is_open() ? replace_with(directory, temporary, name) : errno;
    if (claim.is_open() && error != 0) ::unlinkat(directory, name, 0);
  }
  return error;
}

int put_if_absent(int directory, const char* temporary, const char* name) {
  const int error = put_new(directory, temporary, name);
  if (error != EEXIST) return error;
  ::unlinkat(directory, temporary, 0);
  return 0;
}

Status publish_in(int fd, const std::filesystem::path& path, std::string_view bytes, Naming give_name) {
  const std::string name = path.filename().string();
  constexpr std::size_t kRandomBytes = 8;
  const std::string random = random_hex(kRandomBytes);
  if (random.empty()) return failed("find a fresh name beside", path, EIO);
  const std::string temporary = "." + name + "." + random + ".tmp";
  if (const int error = write_fresh_file(fd, temporary, bytes); error != 0) {
    ::unlinkat(fd, temporary.c_str(), 0);
    return failed("write", path, error);
  }
  if (const int error = give_name(fd, temporary.c_str(), name.c_str()); error != 0) {
    ::unlinkat(fd, temporary.c_str(), 0);
    return error == EEXIST ? refused(path, "is there already.") : failed("replace", path, error);
  }
  if (::fsync(fd) != 0) return failed("flush the directory of", path, errno);
  return Unit{};
}

Status publish(const std::filesystem::path& path, std::string_view bytes, Naming give_name) {
  if (!path.is_absolute() || path.filename().empty()) return refused(path, "is no absolute path of a file.");
  if (bytes.size() > kMaxPrivateFileBytes) return refused(path, "would become larger than 4 KiB.");
  const auto directory = open_private_directory(path.parent_path());
  return directory ? publish_in(directory->get(), path, bytes, give_name) : Status(directory.error());
}

/// Why the open file may not be read; empty when it may.
std::string objection(const struct stat& facts, const std::filesystem::path& path) {
  if (!S_ISREG(facts.st_mode)) return "is not a regular file.";
  // As systemd and secret stores hand one over: root's, and readable for this process by its group or an ACL.
  const bool is_lent_by_root = facts.st_uid == 0 && ::geteuid() != 0 && (facts.st_mode & kAllButGroupRead) == 0;
  if (facts.st_uid != ::geteuid() && !is_lent_by_root) return "belongs to another user.";
  if (facts.st_nlink > 1) {
    return "has " + std::to_string(facts.st_nlink) +
           " names (hard links), so that it can be read and changed elsewhere. Remove the others, or copy it.";
  }
  if (!is_lent_by_root && (facts.st_mode & kGroupAndOthers) != 0) {
    return "may be read or written by others. Repair it with: chmod 600 '" + path.string() + "'";
  }
  if (facts.st_size > static_cast<off_t>(kMaxPrivateFileBytes)) return "is larger than 4 KiB.";
  return {};
}

/// Why no file in the directory of `path` is safe: another user could put one there or take it away. Empty when it is,
/// or when the directory cannot be inspected, which opening the file then tells. A sticky directory such as /tmp is
/// safe, because only a file of this user is taken.
std::string objection_to_directory(const std::filesystem::path& path) {
  const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";

  struct stat facts {};

  if (::stat(directory.c_str(), &facts) != 0) return {};
  if (facts.st_uid != 0 && facts.st_uid != ::geteuid()) {
    return "is in " + directory.string() + ", which belongs to another user. Move it to a directory of yours.";
  }
  if ((facts.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (facts.st_mode & S_ISVTX) != 0) return {};
  return "is in a directory that others may write to. Repair it with: chmod go-w '" + directory.string() + "'";
}

}  // namespace

Status write_private_file(const std::filesystem::path& path, std::string_view bytes) {
  return publish(path, bytes, replace_with);
}

Status keep_private_file(const std::filesystem::path& path, std::string_view bytes) {
  return publish(path, bytes, put_if_absent);
}

Status make_private_directory(const std::filesystem::path& directory) {
  if (!directory.is_absolute()) return refused(directory, "is no absolute path of a directory.");
  const auto opened = open_private_directory(directory);
  return opened ? Status(Unit{}) : Status(opened.error());
}

Status create_private_file(const std::filesystem::path& path, std::string_view bytes) {
  if (const std::string why = objection_to_directory(path); !why.empty()) return refused(path, why);
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return failed("open the directory of", path, errno);
  return publish_in(directory.get(), path, bytes, put_new);
}

Status prepare_private_file(const std::filesystem::path& path) {
  if (!path.is_absolute() || path.filename().empty()) return refused(path, "is no absolute path of a file.");
  const std::filesystem::path directory = path.parent_path();

  struct stat facts {};

  const auto folder = open_own_directory(directory, facts);
  if (!folder) return folder.error();
  // Not repaired here: the operator may have named a directory that others need.
  if ((facts.st_mode & kGroupAndOthers) != 0) {
    return refused(directory, "is open to others. Name another directory, or: chmod 700 '" + directory.string() + "'");
  }
  const UniqueFd file(::openat(folder->get(), path.filename().c_str(),
                               O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, kOwnerFile));
  if (!file.is_open()) {
    if (errno == ELOOP) return refused(path, "is a symbolic link.");
    return failed("open", path, errno);
  }
  if (::fstat(file.get(), &facts) != 0) return failed("inspect", path, errno);
  facts.st_size = 0;  // as long as it likes
  if (const std::string why = objection(facts, path); !why.empty()) return refused(path, why);
  return Unit{};
}

bool write_port_file(const std::filesystem::path& path, int port) {
  const std::filesystem::path draft = path.string() + ".new";
  {
    std::ofstream out(draft, std::ios::trunc);
    out << port << '\n';
    if (!out.flush()) return false;
  }
  std::error_code failure;
  std::filesystem::rename(draft, path, failure);
  return !failure;
}

Result<Secret> read_private_file(const std::filesystem::path& path) {
  // Without O_NONBLOCK a FIFO in the file's place would hold us here for ever.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return Error{.code = ErrorCode::kNotFound, .message = path.string() + " does not exist."};
    }
    if (errno == ELOOP) return refused(path, "is a symbolic link.");
    return failed("open", path, errno);
  }

  struct stat facts {};

  if (::fstat(file.get(), &facts) != 0) return failed("inspect", path, errno);
  if (const std::string why = objection(facts, path); !why.empty()) return refused(path, why);
  if (const std::string why = objection_to_directory(path); !why.empty()) return refused(path, why);

  std::array<char, kMaxPrivateFileBytes + 1> buffer{};
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = ::read(file.get(), buffer.data() + size, buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMaxPrivateFileBytes) return refused(path, "is larger than 4 KiB.");
  std::string_view text(buffer.data(), size);
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  Secret secret{std::string(text)};
  // Through volatile, so that the compiler cannot drop the writes as dead.
  volatile char* bytes = buffer.data();
  for (std::size_t i = 0; i < size; ++i) bytes[i] = '\0';
  return secret;
}

Result<Secret> read_key_file(const std::filesystem::path& path) {
  auto secret = read_private_file(path);
  if (secret && !looks_like_api_key(secret->reveal())) {
    return refused(path, "holds no AgentPhone key: expected one line that starts with sk_live_ or sk_test_.");
  }
  return secret;
}

bool looks_like_api_key(std::string_view text) {
  constexpr std::size_t kPrefixBytes = 8;
  constexpr std::size_t kMaxTailBytes = 200;
  if (text.substr(0, kPrefixBytes) != "sk_live_" && text.substr(0, kPrefixBytes) != "sk_test_") return false;
  const std::string_view tail = text.substr(kPrefixBytes);
  return !tail.empty() && tail.size() <= kMaxTailBytes && std::all_of(tail.begin(), tail.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::filesystem::path default_key_path(const UserDirectories& directories) {
  const std::filesystem::path home(directories.home);
#ifdef __APPLE__
  const std::filesystem::path base = home.empty() ? home : home / "Library" / "Application Support";
#else
  std::filesystem::path base(directories.xdg_config_home);
  if (!base.is_absolute()) base = home.empty() ? home : home / ".config";
#endif
  return base.empty() ? base : base / "agentphone" / "credentials";
}

std::vector<std::filesystem::path> fallback_key_paths(const std::filesystem::path& state_directory,
                                                      const std::filesystem::path& runtime_directory,
                                                      const std::filesystem::path& temporary_directory) {
  // Directories of their own, because their modes are changed; one for each user where they are shared.
  const std::string own = "agentphone-mcp-" + std::to_string(::geteuid());
  std::vector<std::filesystem::path> paths;
  if (state_directory.is_absolute()) paths.push_back(state_directory / "new-key" / "credentials");
  if (runtime_directory.is_absolute()) paths.push_back(runtime_directory / own / "credentials");
  if (temporary_directory.is_absolute()) paths.push_back(temporary_directory / own / "credentials");
  return paths;
}

std::filesystem::path default_state_directory(std::string_view xdg_state_home, std::string_view home_directory) {
  const std::filesystem::path home(home_directory);
#ifdef __APPLE__
  static_cast<void>(xdg_state_home);
  const std::filesystem::path base = home.empty() ? home : home / "Library" / "Application Support";
#else
  std::filesystem::path base(xdg_state_home);
  if (!base.is_absolute()) base = home.empty() ? home : home / ".local" / "state";
#endif
  return base.empty() ? base : base / "agentphone-mcp";
}

}  // namespace apmcp::platform
