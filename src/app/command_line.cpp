#include "app/command_line.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "agentphone_mcp/app.h"
#include "agentphone_mcp/version.h"
#include "platform/files.h"
#include "platform/process.h"

namespace apmcp::app {
namespace {

const char* const kDescription =
    "Gives AI agents a real phone: numbers, texts and calls through AgentPhone, as a Model Context Protocol server.\n"
    "Without a subcommand it speaks MCP over stdin and stdout.";

const char* const kFooter =
    "Environment:\n"
    "  AGENTPHONE_API_KEY   API key, used when --api-key-file is not given; else the key that the tool verify stored\n"
    "  AGENTPHONE_WEBHOOK_SECRET  signing secret of webhook events, used when --webhook-secret-file is not given\n"
    "  AGENTPHONE_BASE_URL  another API address: https://api.agentphone.ai, or http on a loopback address\n"
    "Every option has a twin AGENTPHONE_MCP_<OPTION>, for example AGENTPHONE_MCP_LOG_LEVEL; those of http are\n"
    "AGENTPHONE_MCP_HTTP_<OPTION>.";

const std::map<std::string, Config::LogLevel> kLogLevels{{"debug", Config::LogLevel::kDebug},
                                                         {"info", Config::LogLevel::kInfo},
                                                         {"warn", Config::LogLevel::kWarn},
                                                         {"error", Config::LogLevel::kError},
                                                         {"off", Config::LogLevel::kOff}};

const std::map<std::string, Config::Confirmation> kConfirmations{{"ask", Config::Confirmation::kAsk},
                                                                 {"argument", Config::Confirmation::kArgument},
                                                                 {"person", Config::Confirmation::kPerson}};

const std::map<std::string, Config::LogFormat> kLogFormats{{"text", Config::LogFormat::kText},
                                                           {"json", Config::LogFormat::kJson}};

void add_common(CLI::App& app, Config& config) {
  app.add_option("--log-level", config.log_level, "How much is logged: debug, info, warn, error, off")
      ->envname("AGENTPHONE_MCP_LOG_LEVEL")
      ->transform(CLI::CheckedTransformer(kLogLevels).description(""))
      ->type_name("LEVEL");
  app.add_option("--log-format", config.log_format, "How a log line looks: text, json")
      ->envname("AGENTPHONE_MCP_LOG_FORMAT")
      ->transform(CLI::CheckedTransformer(kLogFormats).description(""))
      ->type_name("FORMAT");
  app.add_option("--log-file", config.log_file, "Append log lines to this file instead of writing them to stderr")
      ->envname("AGENTPHONE_MCP_LOG_FILE")
      ->type_name("FILE");
  app.add_option("--sandbox-speed", config.sandbox_speed, "How many times faster than real time the sandbox runs")
      ->envname("AGENTPHONE_MCP_SANDBOX_SPEED")
      ->check(CLI::Range(0.001, 100'000.0).description(""))
      ->type_name("N");
}

void add_stdio(CLI::App& app, Config& config, std::string& disclosure) {
  app.add_flag("--sandbox", config.sandbox,
               "Work on a built-in simulator with people in it: no key, no cost, no real calls")
      ->envname("AGENTPHONE_MCP_SANDBOX");
  app.add_option("--api-key-file", config.api_key_file, "File that holds the API key (mode 0600)")
      ->envname("AGENTPHONE_MCP_API_KEY_FILE")
      ->type_name("FILE");
  app.add_option("--ai-disclosure", disclosure,
                 "Sentence that opens every autonomous call and says that an AI is calling; \"off\" for none")
      ->envname("AGENTPHONE_MCP_AI_DISCLOSURE")
      ->type_name("off|TEXT");
  app.add_option("--confirm", config.confirmation,
                 "What lets a tool spend or destroy: ask (the person's answer where the client can ask, else confirm "
                 "true), argument (confirm true is enough), person (the person's answer alone)")
      ->envname("AGENTPHONE_MCP_CONFIRM")
      ->transform(CLI::CheckedTransformer(kConfirmations).description(""))
      ->type_name("ask|argument|person");
  app.add_option("--state-dir", config.state_directory,
                 "Folder for what outlives a restart (default ~/.local/state/agentphone-mcp)")
      ->envname("AGENTPHONE_MCP_STATE_DIR")
      ->type_name("DIR");
  app.add_option("--test-ca-file", config.test_ca_file, "")->group("");
}

std::string can_be_voice_fallback(const std::string& text) {
  const bool says = text.starts_with("say:") && text.find_first_not_of(" \t\r\n", 4) != std::string::npos;
  return says || text == "transfer" || text == "hangup" ? std::string() : "must be say:TEXT, transfer or hangup";
}

void add_inbox(CLI::App& app, Config& config) {
  Config::Inbox& inbox = config.inbox;
  app.add_option("--webhook-listen", inbox.listen,
                 "Receive AgentPhone's webhook events at this address, path /webhooks/agentphone, and keep them: turns "
                 "the inbox on (list_events)")
      ->envname("AGENTPHONE_MCP_WEBHOOK_LISTEN")
      ->type_name("HOST:PORT");
  app.add_option("--webhook-secret-file", inbox.secret_file,
                 "File that holds the signing secret (mode 0600); set_webhook can keep it by itself")
      ->envname("AGENTPHONE_MCP_WEBHOOK_SECRET_FILE")
      ->type_name("FILE");
  app.add_option(
         "--voice-fallback", inbox.voice_fallback,
         "Answer to callers of webhook-mode agents: say:TEXT and hang up (default: a polite sentence), transfer "
         "to the agent's transfer number, or hangup")
      ->envname("AGENTPHONE_MCP_VOICE_FALLBACK")
      ->check(can_be_voice_fallback)
      ->type_name("ANSWER");
}

void add_sandbox(CLI::App& app, Config& config) {
  app.add_option("--port", config.sandbox_port, "Port on 127.0.0.1; 0 takes any free one")
      ->envname("AGENTPHONE_MCP_PORT")
      ->check(CLI::Range(0, 65535).description(""))
      ->type_name("N");
  app.add_option("--port-file", config.sandbox_port_file, "Write the port to this file once it listens")
      ->envname("AGENTPHONE_MCP_PORT_FILE")
      ->type_name("FILE");
  auto* cert = app.add_option("--tls-cert", config.sandbox_tls_cert, "PEM certificate: serve https instead of http")
                   ->envname("AGENTPHONE_MCP_TLS_CERT")
                   ->type_name("FILE");
  auto* key = app.add_option("--tls-key", config.sandbox_tls_key, "PEM key of --tls-cert")
                  ->envname("AGENTPHONE_MCP_TLS_KEY")
                  ->type_name("FILE");
  cert->needs(key);
  key->needs(cert);
}

/// What a proxy can match at the beginning of a header without escaping.
std::string can_name_replica(const std::string& name) {
  const bool fits = !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  return fits ? std::string() : "must be 1 to 32 lower-case letters, digits and hyphens";
}

void add_http(CLI::App& app, Config::Http& http) {
  app.add_option("--host", http.host, "Address to listen on: 127.0.0.1 (default), ::1, or one that others can reach")
      ->envname("AGENTPHONE_MCP_HTTP_HOST")
      ->type_name("ADDRESS");
  app.add_option("--port", http.port, "Port; 0 takes any free one (default 8642)")
      ->envname("AGENTPHONE_MCP_HTTP_PORT")
      ->check(CLI::Range(0, 65535).description(""))
      ->type_name("N");
  app.add_option("--port-file", http.port_file, "Write the port to this file once it listens")
      ->envname("AGENTPHONE_MCP_HTTP_PORT_FILE")
      ->type_name("FILE");
  app.add_option("--allowed-host", http.allowed_hosts, "A name or name:port that clients may call this server by")
      ->envname("AGENTPHONE_MCP_HTTP_ALLOWED_HOST")
      ->delimiter(',')
      ->type_name("NAME");
  app.add_option("--allowed-origin", http.allowed_origins, "A web origin whose pages may use this server")
      ->envname("AGENTPHONE_MCP_HTTP_ALLOWED_ORIGIN")
      ->delimiter(',')
      ->type_name("ORIGIN");
  auto* token = app.add_option("--token-file", http.token_file,
                               "File with the token that clients send as Authorization: Bearer (mode 0600); made with "
                               "a new token when missing (default: http-token beside the stored API key)")
                    ->envname("AGENTPHONE_MCP_HTTP_TOKEN_FILE")
                    ->type_name("FILE");
  app.add_flag("--no-auth", http.no_auth, "Ask for no token: every program on this machine can use your phone")
      ->envname("AGENTPHONE_MCP_HTTP_NO_AUTH")
      ->excludes(token);
  app.add_option("--max-sessions", http.max_sessions, "How many sessions may be open at once (default 1000)")
      ->envname("AGENTPHONE_MCP_HTTP_MAX_SESSIONS")
      ->check(CLI::Range(1, 100'000).description(""))
      ->type_name("N");
  app.add_option("--replica", http.replica,
                 "Name of this server among several behind one proxy: session ids start with it and a dot")
      ->envname("AGENTPHONE_MCP_HTTP_REPLICA")
      ->check(can_name_replica)
      ->type_name("NAME");
  app.add_option(
         "--state-key-file", http.state_key_file,
         "File with the key of confirmations that replicas share (mode 0600), beside the same --state-dir; made "
         "with a new key when missing (default: a key of this process alone)")
      ->envname("AGENTPHONE_MCP_HTTP_STATE_KEY_FILE")
      ->type_name("FILE");
  app.add_flag("--keys-from-clients", http.keys_from_clients,
               "Each request brings its own AgentPhone key in the header X-AgentPhone-Key; this server holds none")
      ->envname("AGENTPHONE_MCP_HTTP_KEYS_FROM_CLIENTS");
}

/// Needs the place of the stored key.
void place_state(Config& config, const std::string& home) {
  config.is_default_state_directory = config.state_directory.empty();
  if (config.is_default_state_directory) {
    const std::string state_home = platform::environment("XDG_STATE_HOME").value_or("");
    config.state_directory = platform::default_state_directory(state_home, home).string();
  } else {
    std::error_code ignored;
    config.state_directory = std::filesystem::absolute(config.state_directory, ignored).string();
  }
  if (!config.stored_key_file.empty()) {
    config.inbox.kept_secrets_file =
        std::filesystem::path(config.stored_key_file).replace_filename("webhook-secrets").string();
  }
}

}  // namespace

std::variant<Config, int> parse_command_line(int argc, const char* const* argv) {
  Config config;
  std::string disclosure;
  CLI::App app{kDescription, "agentphone-mcp"};
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("agentphone-mcp ") + kVersion);
  app.require_subcommand(0, 1);
  add_common(app, config);
  add_stdio(app, config, disclosure);
  add_inbox(app, config);
  CLI::App* stdio = app.add_subcommand("stdio", "Speak MCP over stdin and stdout (the default)");
  stdio->fallthrough();
  CLI::App* http = app.add_subcommand("http", "Speak MCP over HTTP: /mcp (Streamable HTTP) and /sse (HTTP+SSE)");
  http->fallthrough();
  add_http(*http, config.http);
  http->add_flag("--inbox", config.inbox.at_http_path,
                 "Receive AgentPhone's webhook events at /webhooks/agentphone of this server, and keep them")
      ->envname("AGENTPHONE_MCP_HTTP_INBOX");
  CLI::App* sandbox = app.add_subcommand("sandbox", "Serve the simulator as the AgentPhone REST API on 127.0.0.1");
  sandbox->fallthrough();
  add_sandbox(*sandbox, config);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, std::cout, std::cerr);
    std::cerr << "agentphone-mcp: " << error.what() << " (see --help)\n";
    return exit_code::kUsage;
  }
  if (http->parsed()) config.command = Config::Command::kHttp;
  if (sandbox->parsed()) config.command = Config::Command::kSandbox;
  if (!disclosure.empty() && disclosure.find_first_not_of(" \t\r\n") == std::string::npos) {
    std::cerr << "agentphone-mcp: --ai-disclosure: must be a sentence, or off\n";
    return exit_code::kUsage;
  }
  if (!disclosure.empty()) config.ai_disclosure = std::move(disclosure);
  if (auto url = platform::environment("AGENTPHONE_BASE_URL")) config.base_url = *std::move(url);
  if (auto key = platform::take_environment("AGENTPHONE_API_KEY")) config.api_key = *std::move(key);
  if (auto secret = platform::take_environment("AGENTPHONE_WEBHOOK_SECRET")) config.inbox.secret = *std::move(secret);
  const std::string config_home = platform::environment("XDG_CONFIG_HOME").value_or("");
  const std::string home = platform::environment("HOME").value_or("");
  config.stored_key_file = platform::default_key_path({.xdg_config_home = config_home, .home = home}).string();
  config.http.is_default_token_file = config.http.token_file.empty();
  if (config.http.is_default_token_file && !config.stored_key_file.empty()) {
    config.http.token_file = std::filesystem::path(config.stored_key_file).replace_filename("http-token").string();
  }
  place_state(config, home);
  return config;
}

}  // namespace apmcp::app
