#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace apmcp::platform {

/// No core dumps and, in release builds, no reading of our memory by other processes of the user: a key is in it.
void protect_memory();

/// Opens /dev/null in place of each of the descriptors 0, 1 and 2 that the program was started without, so that no file
/// or socket opened later takes its number. Reading the input and writing the outputs then fail as with a closed one:
/// the input is opened for writing only, the outputs for reading only. Call before anything is opened.
void fill_standard_descriptors();

/// Whether the program was started at a terminal that a person types into.
bool is_terminal_input();

/// Forgets the variables that would make OpenSSL read configuration or trust of somebody else's choice. Call before the
/// HTTP stack is loaded and before any thread is started.
void drop_openssl_environment();

/// Raises the limit of open descriptors to `wanted`, or as far as the system lets this process. Never lowers it. The
/// limit that holds then.
std::size_t raise_descriptor_limit(std::size_t wanted);

/// Ends the process without running destructors: other threads may still use what they would destroy.
[[noreturn]] void exit_now(int code);

/// Takes a secret out of the environment: its value, after which neither children nor /proc show it. Absent when unset
/// or empty. Call before any thread is started.
std::optional<std::string> take_environment(const char* name);

/// Absent when unset or empty.
std::optional<std::string> environment(const char* name);

}  // namespace apmcp::platform
