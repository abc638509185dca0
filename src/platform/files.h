#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agentphone_mcp/result.h"
#include "base/secret.h"

// Files that only their owner may read. All functions are thread-safe and throw nothing.
namespace apmcp::platform {

inline constexpr std::size_t kMaxPrivateFileBytes = 4096;

/// Replaces the file at `path` by `bytes`, or leaves it as it was: written next to it under a fresh name with mode
/// 0600, flushed, renamed over it, and the directory flushed. The directory is created when missing (parents too) and
/// belongs to this program alone: its mode becomes 0700. A directory that is a symbolic link or another user's, and
/// more than 4 KiB, are refused. Errors: kPolicyDenied for what is refused, kInternal for a failing system call; the
/// message names the path and never the bytes.
Status write_private_file(const std::filesystem::path& path, std::string_view bytes);

/// The same, but a file that is there already stays: of several programs that do this at once one wins, and all find
/// its bytes in the file afterwards. On a file system that cannot rename exclusively it is empty for the moment until
/// they do.
Status keep_private_file(const std::filesystem::path& path, std::string_view bytes);

/// The directory of such files, made when it is missing (parents too) and closed to others: mode 0700. Errors as for
/// write_private_file().
Status make_private_directory(const std::filesystem::path& directory);

/// Creates the file at `path` with `bytes` and mode 0600, complete from the moment it can be seen; its directory must
/// be there and stays as it is. Errors: kPolicyDenied when something is there already or others may write to the
/// directory, kInternal for a failing system call.
Status create_private_file(const std::filesystem::path& path, std::string_view bytes);

/// Makes sure of a file at `path` that this program may append to for long: when missing, an empty one with mode 0600,
/// and its directory (parents too) with 0700. Errors: kPolicyDenied when the file or its directory is there already and
/// is a symbolic link, another user's, has two names or is open to group or others (the message holds the chmod line
/// that repairs it), or `path` is not absolute; kInternal for a failing system call.
Status prepare_private_file(const std::filesystem::path& path);

/// Writes a port number and a line end to `path`: beside it, then renamed, so that whoever waits for the file never
/// reads half of it. False when that failed.
bool write_port_file(const std::filesystem::path& path, int port);

/// The contents of `path` without one trailing newline. Errors: kNotFound when there is no such file; kPolicyDenied
/// when it is a symbolic link, not a regular file, another user's, has two names (hard links), is readable by group or
/// others, in a directory that they may write to without the sticky bit (the message holds the chmod line that repairs
/// either), in another user's directory, or larger than 4 KiB; kInternal for a failing system call. Root counts as this
/// user for directories, and for a file that nobody but root's user and its group may read, when this process is not
/// root itself.
Result<Secret> read_private_file(const std::filesystem::path& path);

/// read_private_file() for an API key: additionally kPolicyDenied when the contents do not look like one.
Result<Secret> read_key_file(const std::filesystem::path& path);

/// "sk_live_" or "sk_test_" and 1 to 200 letters, digits, '_' or '-'.
bool looks_like_api_key(std::string_view text);

/// What default_key_path() needs of the environment; empty when not set.
struct UserDirectories {
  std::string_view xdg_config_home;
  std::string_view home;
};

/// Where a key from sign-up is kept: $XDG_CONFIG_HOME/agentphone/credentials, else ~/.config/agentphone/credentials; on
/// macOS ~/Library/Application Support/agentphone/credentials. A relative XDG path is ignored, as its specification
/// asks. Empty when no home is known.
std::filesystem::path default_key_path(const UserDirectories& directories);

/// Where the only copy of a key goes when its own place cannot be written, best first: `state_directory`, the runtime
/// directory of the user's session, the directory for temporary files. Relative and empty ones are passed over.
std::vector<std::filesystem::path> fallback_key_paths(const std::filesystem::path& state_directory,
                                                      const std::filesystem::path& runtime_directory,
                                                      const std::filesystem::path& temporary_directory);

/// Where state that is no configuration is kept: $XDG_STATE_HOME/agentphone-mcp, else ~/.local/state/agentphone-mcp; on
/// macOS ~/Library/Application Support/agentphone-mcp. A relative XDG path is ignored. Empty when no home is known.
std::filesystem::path default_state_directory(std::string_view xdg_state_home, std::string_view home);

}  // namespace apmcp::platform
