#pragma once

#include <optional>
#include <string>
#include <vector>

namespace apmcp {

/// Everything an operator can set, once: command line over environment over defaults. Nothing else reads flags or the
/// environment.
struct Config {
  enum class Command {
    kStdio,    ///< serve MCP over stdin and stdout (the default)
    kHttp,     ///< serve MCP over HTTP
    kSandbox,  ///< serve the AgentPhone simulator as a REST API on loopback
  };

  enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };
  enum class LogFormat { kText, kJson };

  enum class Confirmation { kAsk, kArgument, kPerson };

  Command command = Command::kStdio;
  LogLevel log_level = LogLevel::kWarn;
  LogFormat log_format = LogFormat::kText;
  std::string log_file;  ///< appended to; empty: stderr

  bool sandbox = false;        ///< kStdio, kHttp: work on a simulator in this process instead of AgentPhone
  double sandbox_speed = 1.0;  ///< how many times faster than real time the simulator runs; > 0

  std::string base_url = "https://api.agentphone.to";  ///< checked against the hosts a key may travel to
  std::string api_key_file;                            ///< first source of the key; empty: none
  std::string api_key;                                 ///< second source, from AGENTPHONE_API_KEY
  std::string stored_key_file;                         ///< third source, and where verify puts a new key
  std::vector<std::string> key_fallback_files;         ///< where verify puts it when that cannot be written, best first
  std::optional<std::string> ai_disclosure;        ///< absent: the standard sentence; "off": none; else the sentence
  Confirmation confirmation = Confirmation::kAsk;  ///< whose yes lets a tool spend or destroy
  std::string test_ca_file;                        ///< tests only: trust this CA for an https loopback address

  /// kHttp only.
  struct Http {
    std::string host = "127.0.0.1";            ///< an IPv4 or IPv6 literal
    int port = 8642;                           ///< 0 takes any free port
    std::string port_file;                     ///< where the port is written once it listens; empty: nowhere
    std::vector<std::string> allowed_hosts;    ///< names this server goes by, beside those of loopback
    std::vector<std::string> allowed_origins;  ///< web pages that may use it, beside those of loopback
    std::string token_file;                    ///< holds the bearer token, or gets a new one
    bool is_default_token_file = true;         ///< nobody named token_file, so its directory is ours
    bool no_auth = false;                      ///< ask nobody for a token; loopback only
    bool keys_from_clients = false;            ///< each request brings its AgentPhone key; this server has none
    std::size_t max_sessions = 1000;
    std::string state_key_file;  ///< keys of request states that replicas share, or gets a new one; empty: none
    std::string replica;         ///< name in front of session ids, for a proxy; empty: none
  } http;

  /// kStdio, kHttp: what AgentPhone tells by webhooks is kept, when `listen` or `at_http_path` says where it comes in.
  struct Inbox {
    std::string listen;             ///< "HOST:PORT" of a listener of its own; empty: none
    bool at_http_path = false;      ///< kHttp: at /webhooks/agentphone of that server
    std::string secret_file;        ///< first source of the signing secret; empty: none
    std::string secret;             ///< second source, from AGENTPHONE_WEBHOOK_SECRET
    std::string kept_secrets_file;  ///< secrets that set_webhook kept
    std::string voice_fallback;     ///< "say:TEXT", "transfer" or "hangup"; empty: a polite sentence and the end

    [[nodiscard]] bool is_on() const { return !listen.empty() || at_http_path; }
  } inbox;

  std::string state_directory;             ///< absolute: what outlives a restart; empty: no home is known
  bool is_default_state_directory = true;  ///< nobody named it

  int sandbox_port = 0;           ///< kSandbox: 0 takes any free port
  std::string sandbox_port_file;  ///< kSandbox: where the port is written once it listens; empty: nowhere
  std::string sandbox_tls_cert;   ///< kSandbox: PEM files for https; both or neither
  std::string sandbox_tls_key;
};

}  // namespace apmcp
