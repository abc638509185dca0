#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/executor.h"
#include "jsonrpc/batch_reply.h"
#include "jsonrpc/codec.h"
#include "mcp/admission.h"
#include "mcp/in_flight.h"
#include "mcp/listens.h"
#include "mcp/outgoing_requests.h"
#include "mcp/server.h"

namespace apmcp::mcp {

/// One connection, or one exchange of the stateless revision: takes messages in, decides for each which revision's
/// rules hold, and sees to it that every request gets one answer, or none when it was cancelled. Serves the handshake
/// revisions and the stateless one at once.
///
/// receive() is called by one thread at a time, in the order of arrival. It never runs a tool itself: quick methods and
/// notifications are done before it returns, everything else goes to the executor. Answers come from any thread. A
/// running request keeps its session alive.
class Session : public std::enable_shared_from_this<Session> {
 public:
  struct Options {
    std::string caller;  ///< whose requests these are, as far as the transport knows; binds what is kept
    std::shared_ptr<const Secret> caller_key = nullptr;  ///< see RequestContext
    bool is_stateless_only = false;                      ///< no handshake can happen here
    std::shared_ptr<Executor::Share> share = nullptr;    ///< bounds what runs at once; null: nothing does
    std::chrono::milliseconds input_timeout = std::chrono::minutes(10);  ///< for the client's answer to one question
  };

  /// `server` and `executor` outlive the session; `sink` takes what belongs to no request.
  static std::shared_ptr<Session> create(const McpServer& server, Executor& executor,
                                         std::shared_ptr<jsonrpc::MessageSink> sink, Options options);

  ~Session();

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// One message, or a batch where the revision has it. Answers go to the session's sink, those of a batch as one
  /// array.
  void receive(std::string_view text);

  /// The same for a text that was decoded before.
  void receive(jsonrpc::Decoded decoded);

  /// The same with everything about its requests sent to `reply`; `headers` are held against them, nullptr where there
  /// are none. When `reply` is the session's own sink, the answers to a batch leave as one array; any other `reply`
  /// gets them one by one.
  void receive(jsonrpc::Decoded decoded, const std::shared_ptr<jsonrpc::MessageSink>& reply,
               const HeaderLookup* headers);

  /// Ends open listens and waits for running requests. After kUntilWaitsEnd those that only read or wait are stopped,
  /// after `grace` all, and each answers with what it has, within 2 seconds more. False when one has not: a write that
  /// left and was not answered. Then what the session uses may not be destroyed.
  bool drain(std::chrono::milliseconds grace);

  /// drain() in its steps, for whoever has several sessions to end at once: each step is done for all before the next.
  bool finish(std::chrono::milliseconds grace);  ///< ends open listens and waits; false when something still runs
  void stop_all();                               ///< asks what runs to stop and say what it has
  bool await_stopped(std::chrono::milliseconds limit);  ///< cancels what has not stopped by then, and is false

  static constexpr std::chrono::milliseconds kUntilNoticed{2000};
  /// Official SDKs send SIGTERM 2 seconds after they closed stdin, and SIGKILL 2 seconds later.
  static constexpr std::chrono::milliseconds kUntilWaitsEnd{1000};

  /// Cancels every running request and open listen: nobody is there any more to take an answer. Thread-safe.
  void cancel_all();

  /// The revision that the handshake settled on, nullptr before it. Thread-safe.
  [[nodiscard]] const Revision* revision() const;

 private:
  struct Job;

  Session(const McpServer& server, Executor& executor, std::shared_ptr<jsonrpc::MessageSink> sink, Options options);

  struct Arriving {
    const std::shared_ptr<jsonrpc::MessageSink>& reply;
    const HeaderLookup* headers;
    bool is_in_batch;
  };

  void receive_item(std::variant<jsonrpc::Message, jsonrpc::Undecodable> item, const Arriving& arriving);
  void receive_request(jsonrpc::Request request, const Arriving& arriving);
  void receive_notification(const jsonrpc::Notification& notification);
  [[nodiscard]] bool takes_batch(const jsonrpc::Decoded& decoded) const;
  std::shared_ptr<jsonrpc::MessageSink> gather(std::size_t answers);
  void flush_batches();

  void run(Job& job);
  void listen(Job& job);
  void turn_away(Job& job, const Error& error);
  void start_telling_changes();

  const McpServer& server_;
  Executor& executor_;
  const std::shared_ptr<jsonrpc::MessageSink> sink_;
  const Options options_;
  Handshake handshake_;
  InFlight in_flight_;
  OutgoingRequests outgoing_;
  Listens listens_;
  std::mutex batches_mutex_;
  std::vector<std::weak_ptr<jsonrpc::BatchReply>> batches_;  // guarded by batches_mutex_; not fully answered
  bool is_told_changes_ = false;                             // receive() only
};

}  // namespace apmcp::mcp
