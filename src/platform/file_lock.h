#pragma once

#include <filesystem>
#include <optional>

#include "platform/unique_fd.h"

namespace apmcp::platform {

/// A claim of one process on a name, which ends with the process at the latest, however it ends. The file holds
/// nothing.
class FileLock {
 public:
  /// Empty when another process, or another FileLock of this one, holds it, or the file cannot be made (0600).
  static std::optional<FileLock> try_take(const std::filesystem::path& path);

  /// Waits for whoever holds it, so only for what is held for a moment. Empty when the file cannot be made or locked.
  static std::optional<FileLock> take(const std::filesystem::path& path);

  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) noexcept = default;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  ~FileLock();  ///< removes the file

 private:
  FileLock(std::filesystem::path path, UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}

  std::filesystem::path path_;
  UniqueFd file_;
};

}  // namespace apmcp::platform
