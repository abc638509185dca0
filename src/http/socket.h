#pragma once

#include <atomic>
#include <cstddef>
#include <sys/types.h>
#include <utility>

namespace apmcp::http {

/// Owns a file descriptor; -1 is none.
class UniqueFd {
 public:
  UniqueFd() = default;

  explicit UniqueFd(int fd) : fd_(fd) {}

  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}

  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }

  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;

  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }

  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

  int release() { return std::exchange(fd_, -1); }

  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

/// A non-blocking TCP socket that is closed on exec, sends at once (TCP_NODELAY) and never raises SIGPIPE. Not open
/// when the system refuses; errno says why.
UniqueFd open_tcp_socket(int family);

/// send(2) and recv(2) that survive signals and never raise SIGPIPE; -1 with errno otherwise, EAGAIN included.
ssize_t send_bytes(int fd, const char* data, std::size_t size);
ssize_t receive_bytes(int fd, char* data, std::size_t size);

/// True when the peer neither sent anything nor closed.
bool is_silent(int fd);

/// Lets one thread interrupt another's poll(). An eventfd on Linux, a pipe elsewhere. signal() may be called from any
/// thread, any number of times; once signalled it stays readable.
class WakeFd {
 public:
  WakeFd();

  [[nodiscard]] bool is_open() const { return read_end_.is_open(); }

  [[nodiscard]] int fd() const { return read_end_.get(); }

  [[nodiscard]] bool is_signalled() const { return signalled_.load(); }

  void signal() noexcept;

 private:
  UniqueFd read_end_;
  UniqueFd write_end_;  ///< not open with an eventfd, which has one end
  std::atomic<bool> signalled_ = false;
};

}  // namespace apmcp::http
