#pragma once

#include <cstddef>
#include <sys/types.h>

#include "platform/unique_fd.h"

namespace apmcp::http {

/// A non-blocking TCP socket that is closed on exec, sends at once (TCP_NODELAY) and never raises SIGPIPE. Not open
/// when the system refuses; errno says why.
platform::UniqueFd open_tcp_socket(int family);

/// send(2) and recv(2) that survive signals and never raise SIGPIPE; -1 with errno otherwise, EAGAIN included.
ssize_t send_bytes(int fd, const char* data, std::size_t size);
ssize_t receive_bytes(int fd, char* data, std::size_t size);

/// True when the peer neither sent anything nor closed.
bool is_silent(int fd);

}  // namespace apmcp::http
