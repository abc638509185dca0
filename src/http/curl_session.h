#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

#include "http/answer_reader.h"
#include "http/call_state.h"
#include "http/dialer.h"
#include "http/http_transport.h"
#include "http/origin.h"
#include "http/trust.h"
#include "platform/unique_fd.h"

namespace apmcp::http {

/// What all sessions of one transport share; outlives them. Thread-safe.
class CurlShare {
 public:
  /// Throws std::exception when libcurl cannot be set up.
  CurlShare(Origin to, std::uint64_t largest_body, std::string ca_file);
  CurlShare(const CurlShare&) = delete;
  CurlShare& operator=(const CurlShare&) = delete;

  const Origin origin;
  const std::uint64_t max_body;
  const std::string url;  ///< scheme, host and port, without a path
  Trust trust;
  std::atomic<bool> is_name_stale = false;  ///< no address of the last lookup could be used

  [[nodiscard]] CURLSH* handle() const { return share_.get(); }

 private:
  static void lock(CURL* easy, curl_lock_data data, curl_lock_access access, void* self);
  static void unlock(CURL* easy, curl_lock_data data, void* self);

  struct Free {
    void operator()(CURLSH* share) const { curl_share_cleanup(share); }
  };

  std::array<std::mutex, CURL_LOCK_DATA_LAST> mutexes_;
  std::unique_ptr<CURLSH, Free> share_;  ///< names (30 s) and TLS sessions
};

/// One libcurl handle with at most one connection, driven by the calling thread. One call at a time; wake() may be
/// called from any thread.
class CurlSession {
 public:
  /// Throws std::exception when libcurl cannot be set up.
  explicit CurlSession(CurlShare& share);
  CurlSession(const CurlSession&) = delete;
  CurlSession& operator=(const CurlSession&) = delete;

  /// Where a streamed answer goes, and how long it may be silent.
  struct Streaming {
    const BodySink& on_bytes;
    std::chrono::milliseconds idle_limit;
  };

  /// Sends `request` and reads the whole answer; nullopt when `call` failed. `reuse`: the connection of the call before
  /// may be used. With `streaming` the body of a 2xx is handed on as it comes.
  std::optional<HttpResponse> run(const HttpRequest& request, CallState& call, bool reuse,
                                  const Streaming* streaming = nullptr);

  /// Ends the present or the next wait of run().
  void wake() noexcept { curl_multi_wakeup(multi_.get()); }

  /// The last answer was whole, and its connection is fit for another request.
  [[nodiscard]] bool is_reusable() const { return is_reusable_; }

  /// The last call opened a connection.
  [[nodiscard]] bool has_dialed() const { return has_dialed_; }

 private:
  struct FreeMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  struct FreeList {
    void operator()(curl_slist* list) const;
  };

  using HeaderList = std::unique_ptr<curl_slist, FreeList>;

  static std::size_t on_line(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_bytes(char* data, std::size_t size, std::size_t count, void* self);
  static int on_request(void* self, char* to_ip, char* from_ip, int to_port, int from_port);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_socket_options(void* self, curl_socket_t fd, curlsocktype purpose);
  static CURLcode on_tls(CURL* easy, void* context, void* self);

  template <typename Value>
  void set(CURLoption option, Value value);
  HeaderList prepare(const HttpRequest& request, bool is_stream);
  CURLcode transfer();
  bool wait(std::span<curl_waitfd> others, CallState::Clock::time_point until);
  void note_progress(const HttpRequest& request);
  void note_failure(CURLcode code);
  template <typename Step>
  bool guarded(Step step);
  bool take_line(std::string_view line);
  bool take_bytes(std::string_view bytes);
  bool take_piece(std::string_view piece);

  CurlShare& share_;
  std::unique_ptr<CURLM, FreeMulti> multi_;
  std::unique_ptr<CURL, FreeEasy> easy_;  ///< gone before multi_
  bool is_reusable_ = false;
  bool has_dialed_ = false;

  // Of the run() in progress.
  CallState* call_ = nullptr;
  const Streaming* streaming_ = nullptr;
  std::optional<AnswerReader> reader_;
  std::string body_;
  bool had_enough_ = false;         ///< streaming_->on_bytes said so
  std::vector<Address> addresses_;  ///< what the name resolved to, while there is no connection
  platform::UniqueFd connected_;    ///< the connection for libcurl to take
};

}  // namespace apmcp::http
