#include "app/command_line.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "agentphone_mcp/app.h"
#include "agentphone_mcp/version.h"
#include "app/complaint.h"
#include "platform/files.h"
#include "platform/process.h"

namespace apmcp::app {
namespace {

const char* const kDescription =
    "Gives AI agents a real phone: numbers, texts and calls through AgentPhone, as a Model Context\n"
    "Protocol server. Without a subcommand it speaks MCP over stdin and stdout.";

const char* const kEnvironment =
    "Environment:\n"
    "  AGENTPHONE_API_KEY         API key, when there is no --api-key-file. Without either: the key that\n"
    "                             the tool verify stored\n"
    "  AGENTPHONE_WEBHOOK_SECRET  signing secret of webhooks, when there is no --webhook-secret-file\n"
    "  AGENTPHONE_BASE_URL        another API address: https://api.agentphone.ai, or http on a loopback\n"
    "                             address (default https://api.agentphone.to)\n"
    "Every option can be set by the variable that stands beside it. The command line wins.\n";

const char* const kSignals =
    "Signals: SIGTERM, SIGINT and SIGHUP end the server, which first lets running calls finish for up to\n"
    "5 seconds; a second one ends it at once. SIGUSR1 opens --log-file again.\n";

const char* const kExamples =
    "Examples:\n"
    "  agentphone-mcp --sandbox                           try every tool without a key and without cost\n"
    "  agentphone-mcp --api-key-file ~/.agentphone-key    use the key in this file\n"
    "  claude mcp add agentphone -- agentphone-mcp        let a client start it";

const char* const kHttpExamples =
    "Examples:\n"
    "  agentphone-mcp http --sandbox                      on http://127.0.0.1:8642/mcp, with a simulator\n"
    "  agentphone-mcp http --host 0.0.0.0 --allowed-host phone.example.com\n"
    "  agentphone-mcp http --inbox --state-dir /var/lib/agentphone-mcp";

const char* const kSandboxExamples =
    "Examples:\n"
    "  agentphone-mcp sandbox --port 8700                 for AGENTPHONE_BASE_URL=http://127.0.0.1:8700\n"
    "  agentphone-mcp sandbox --port 8700 --sandbox-speed 60";

std::string exit_codes() {
  using std::to_string;
  return "Exit codes:\n"
         "  " +
         to_string(exit_code::kOk) +
         "   the end of input, or a signal that asked it to stop\n"
         "  " +
         to_string(exit_code::kUsage) +
         "  the command line or an environment variable is wrong\n"
         "  " +
         to_string(exit_code::kUnavailable) +
         "  a port is taken, or stdout cannot be used\n"
         "  " +
         to_string(exit_code::kSoftware) +
         "  a fault of this program\n"
         "  " +
         to_string(exit_code::kCannotCreate) +
         "  a file cannot be written: log, inbox\n"
         "  " +
         to_string(exit_code::kConfig) + "  a key, token or address must not be used as it is\n";
}

/// CLI11 wraps nothing: 30 columns of names, and what is left of 100 for the text.
std::string wrapped(std::string_view text) {
  constexpr std::size_t kColumns = 68;
  std::string lines;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const bool fits = column + 1 + end <= kColumns;
    if (column > 0) lines += fits ? ' ' : '\n';
    column = column > 0 && fits ? column + 1 + end : end;
    lines += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// A value that an option does not take. Says what it takes and never the value, which may be a key in the wrong place.
class BadValue final : public CLI::ValidationError {
 public:
  BadValue(const std::string& name, const std::string& expected) : ValidationError(name, "must be " + expected) {}
};

struct Spelling {
  const char* name;      ///< --name
  const char* variable;  ///< the rest of AGENTPHONE_MCP_
  const char* type;      ///< what --help calls the value; empty for a flag
  std::string help;
};

std::string variable_of(const Spelling& spelling) {
  return std::string("AGENTPHONE_MCP_") + spelling.variable;
}

CLI::Option* spelled(CLI::Option* option, const Spelling& spelling) {
  if (*spelling.type != '\0') option->type_name(spelling.type);
  return option->envname(variable_of(spelling))->description(wrapped(spelling.help));
}

/// Any text, e.g. the name of a file.
CLI::Option* add_text(CLI::App& app, std::string& target, const Spelling& spelling) {
  return spelled(app.add_option(spelling.name, target), spelling);
}

CLI::Option* add_list(CLI::App& app, std::vector<std::string>& target, const Spelling& spelling) {
  return spelled(app.add_option(spelling.name, target)->delimiter(','), spelling);
}

CLI::Option* add_flag(CLI::App& app, bool& target, const Spelling& spelling) {
  return spelled(app.add_flag(spelling.name, target), spelling);
}

/// A text that `take` reads, false when it cannot. All reading of values is here, because what CLI11 says about a value
/// quotes it.
CLI::Option* add_value(CLI::App& app, const Spelling& spelling, const std::string& expected,
                       std::function<bool(const std::string&)> take) {
  const std::string name = std::string(spelling.name) + " (or " + variable_of(spelling) + ")";
  const auto read = [name, expected, take = std::move(take)](const std::string& text) {
    if (!take(text)) throw BadValue(name, expected);
  };
  return spelled(app.add_option_function<std::string>(spelling.name, read), spelling);
}

template <typename Number>
CLI::Option* add_integer(CLI::App& app, Number& target, Number lowest, Number highest, const Spelling& spelling) {
  const std::string expected = "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest);
  return add_value(app, spelling, expected, [&target, lowest, highest](const std::string& text) {
    const char* end = text.data() + text.size();
    Number value{};
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end || value < lowest || value > highest) return false;
    target = value;
    return true;
  });
}

template <typename Value>
using Words = std::vector<std::pair<std::string, Value>>;

template <typename Value>
CLI::Option* add_choice(CLI::App& app, Value& target, const Words<Value>& words, const Spelling& spelling) {
  std::string expected = "one of";
  for (const auto& [word, value] : words) expected += (expected == "one of" ? " " : ", ") + word;
  return add_value(app, spelling, expected, [&target, words](const std::string& text) {
    const auto found = std::find_if(words.begin(), words.end(), [&](const auto& word) { return word.first == text; });
    if (found == words.end()) return false;
    target = found->second;
    return true;
  });
}

bool read_speed(const std::string& text, double& speed) {
  constexpr double kSlowest = 0.001;
  constexpr double kFastest = 100'000;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool is_number = !text.empty() && end == text.c_str() + text.size();
  if (!is_number || !(value >= kSlowest && value <= kFastest)) return false;  // NaN fits no comparison
  speed = value;
  return true;
}

void add_common(CLI::App& app, Config& config) {
  using Level = Config::LogLevel;
  using Format = Config::LogFormat;
  add_choice(
      app, config.log_level,
      {{"debug", Level::kDebug},
       {"info", Level::kInfo},
       {"warn", Level::kWarn},
       {"error", Level::kError},
       {"off", Level::kOff}},
      {"--log-level", "LOG_LEVEL", "LEVEL", "How much is logged: debug, info, warn, error or off (default warn)"});
  add_choice(app, config.log_format, {{"text", Format::kText}, {"json", Format::kJson}},
             {"--log-format", "LOG_FORMAT", "FORMAT", "How a log line looks: text or json (default text)"});
  add_text(app, config.log_file,
           {"--log-file", "LOG_FILE", "FILE", "Append log lines to this file (default: they go to stderr)"});
  add_value(app,
            {"--sandbox-speed", "SANDBOX_SPEED", "N",
             "How many times faster than real time the sandbox runs, 0.001 to 100000 (default 1)"},
            "a number from 0.001 to 100000",
            [&config](const std::string& text) { return read_speed(text, config.sandbox_speed); });
}

void add_stdio(CLI::App& app, Config& config, std::string& disclosure) {
  using Confirmation = Config::Confirmation;
  add_flag(app, config.sandbox,
           {"--sandbox", "SANDBOX", "",
            "Work on a built-in simulator with people in it: no key, no cost, no real calls (default: off)"});
  add_text(app, config.api_key_file,
           {"--api-key-file", "API_KEY_FILE", "FILE",
            "File that holds the API key, mode 0600 (default: the key in AGENTPHONE_API_KEY, else the one that verify "
            "stored)"});
  add_text(app, disclosure,
           {"--ai-disclosure", "AI_DISCLOSURE", "off|TEXT",
            "Sentence that opens every autonomous call and says that an AI is calling; off for none (default: a "
            "standard sentence)"});
  add_choice(app, config.confirmation,
             {{"ask", Confirmation::kAsk}, {"argument", Confirmation::kArgument}, {"person", Confirmation::kPerson}},
             {"--confirm", "CONFIRM", "WORD",
              "Who approves a tool that spends or destroys: ask (the user, where the client can show a form, else the "
              "argument confirm), argument (confirm true is enough) or person (the user only) (default ask)"});
  add_text(app, config.state_directory,
           {"--state-dir", "STATE_DIR", "DIR",
            "Folder for what outlives a restart (default ~/.local/state/agentphone-mcp)"});
  app.add_option("--test-ca-file", config.test_ca_file, "")->group("");
}

bool can_be_voice_fallback(const std::string& text) {
  const bool says = text.starts_with("say:") && text.find_first_not_of(" \t\r\n", 4) != std::string::npos;
  return says || text == "transfer" || text == "hangup";
}

void add_inbox(CLI::App& app, Config::Inbox& inbox) {
  add_text(app, inbox.listen,
           {"--webhook-listen", "WEBHOOK_LISTEN", "HOST:PORT",
            "Receive AgentPhone's webhook events at this address, path /webhooks/agentphone, and keep them: turns the "
            "inbox on, tool list_events (default: off)"});
  add_text(app, inbox.secret_file,
           {"--webhook-secret-file", "WEBHOOK_SECRET_FILE", "FILE",
            "File that holds the signing secret, mode 0600 (default: AGENTPHONE_WEBHOOK_SECRET, and those that "
            "set_webhook kept)"});
  add_value(app,
            {"--voice-fallback", "VOICE_FALLBACK", "ANSWER",
             "Answer to callers of webhook-mode agents: say:TEXT and hang up, transfer to the agent's transfer number, "
             "or hangup (default: a polite sentence, then the end)"},
            "say:TEXT, transfer or hangup", [&inbox](const std::string& text) {
              inbox.voice_fallback = text;
              return can_be_voice_fallback(text);
            });
}

void add_port(CLI::App& app, int& port, std::string& port_file, const std::string& prefix,
              const std::string& standard) {
  const std::string variable = prefix + "PORT";
  const std::string file_variable = prefix + "PORT_FILE";
  add_integer(app, port, 0, 65535,
              {"--port", variable.c_str(), "N", "Port; 0 takes any free one (default " + standard + ")"});
  add_text(app, port_file,
           {"--port-file", file_variable.c_str(), "FILE",
            "Write the port to this file once the server listens (default: none)"});
}

void add_sandbox(CLI::App& app, Config& config) {
  add_port(app, config.sandbox_port, config.sandbox_port_file, "", "0, on 127.0.0.1");
  auto* cert = add_text(app, config.sandbox_tls_cert,
                        {"--tls-cert", "TLS_CERT", "FILE", "PEM certificate: serve https (default: http)"});
  auto* key =
      add_text(app, config.sandbox_tls_key, {"--tls-key", "TLS_KEY", "FILE", "PEM key of --tls-cert (default: none)"});
  cert->needs(key);
  key->needs(cert);
}

/// What a proxy can match at the beginning of a header without escaping.
bool can_name_replica(const std::string& name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

void add_http(CLI::App& app, Config::Http& http) {
  add_text(app, http.host,
           {"--host", "HTTP_HOST", "ADDRESS",
            "Address to listen on: 127.0.0.1, ::1, or one that others can reach (default 127.0.0.1)"});
  add_port(app, http.port, http.port_file, "HTTP_", std::to_string(http.port));
  add_list(app, http.allowed_hosts,
           {"--allowed-host", "HTTP_ALLOWED_HOST", "NAME",
            "A name or name:port that clients may call this server by (default: those of loopback)"});
  add_list(app, http.allowed_origins,
           {"--allowed-origin", "HTTP_ALLOWED_ORIGIN", "ORIGIN",
            "A web origin whose pages may use this server (default: those of loopback)"});
  auto* token = add_text(app, http.token_file,
                         {"--token-file", "HTTP_TOKEN_FILE", "FILE",
                          "File with the token that clients send as Authorization: Bearer, mode 0600; made with a new "
                          "token when missing (default: http-token beside the stored API key)"});
  add_flag(app, http.no_auth,
           {"--no-auth", "HTTP_NO_AUTH", "",
            "Ask for no token: every program on this machine can use your phone (default: off)"})
      ->excludes(token);
  add_integer(app, http.max_sessions, std::size_t{1}, std::size_t{100'000},
              {"--max-sessions", "HTTP_MAX_SESSIONS", "N",
               "How many sessions may be open at once (default " + std::to_string(http.max_sessions) + ")"});
  add_value(app,
            {"--replica", "HTTP_REPLICA", "NAME",
             "Name of this server among several behind one proxy: session ids start with it and a dot (default: none)"},
            "1 to 32 lower-case letters, digits and hyphens", [&http](const std::string& text) {
              http.replica = text;
              return can_name_replica(text);
            });
  add_text(
      app, http.state_key_file,
      {"--state-key-file", "HTTP_STATE_KEY_FILE", "FILE",
       "File with the key of confirmations that replicas share, mode 0600, beside the same --state-dir; made with a "
       "new key when missing (default: a key of this process alone)"});
  add_flag(app, http.keys_from_clients,
           {"--keys-from-clients", "HTTP_KEYS_FROM_CLIENTS", "",
            "Each request brings its own AgentPhone key in the header X-AgentPhone-Key; this server holds none "
            "(default: off)"});
}

/// What stands on the command line and belongs to no option, in words that do not repeat it: it may be a key.
std::string unexpected(const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));
  if (name == "--api-key" || name == "--key" || name == "--token") {
    return "there is no option " + name +
           ": other users see the command line. Put the key into a file and name it with --api-key-file, or set "
           "AGENTPHONE_API_KEY";
  }
  const bool is_plain =
      name.starts_with("--") && name.size() <= 40 &&
      std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
  if (is_plain) return "there is no option " + name;
  if (name.starts_with('-')) return "there is no such option; its text is not shown, because it could hold a key";
  return "an argument is not expected; it is not shown, because it could be a key. Commands are http, sandbox and "
         "stdio";
}

/// The first option whose name is part of `text`. Of what CLI11 says only this is shown.
std::string option_in(const CLI::App& app, const std::string& text) {
  for (const CLI::Option* option : app.get_options()) {
    const std::size_t at = text.find(option->get_name());
    if (at == std::string::npos) continue;
    const std::size_t end = at + option->get_name().size();
    const bool is_whole = end == text.size() || text[end] == ' ' || text[end] == ':' || text[end] == '.';
    if (is_whole) return option->get_name();
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (std::string found = option_in(*command, text); !found.empty()) return found;
  }
  return {};
}

std::string complaint_about(const CLI::ParseError& error, const CLI::App& app) {
  if (dynamic_cast<const BadValue*>(&error) != nullptr) return error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::vector<std::string> extras = app.remaining(true);
    return unexpected(extras.empty() ? std::string() : extras.front());
  }
  // Of the names of two options only.
  const bool is_about_names = dynamic_cast<const CLI::RequiresError*>(&error) != nullptr ||
                              dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr;
  if (is_about_names) return error.what();
  const std::string option = option_in(app, error.what());
  if (option.empty()) return "the command line cannot be read";
  const bool is_count = dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr;
  return option + (is_count ? ": needs exactly one value" : ": must be true or false, or nothing");
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
  for (const auto& path :
       platform::fallback_key_paths(config.state_directory, platform::environment("XDG_RUNTIME_DIR").value_or(""),
                                    platform::environment("TMPDIR").value_or("/tmp"))) {
    config.key_fallback_files.push_back(path.string());
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
  app.footer(std::string(kEnvironment) + "\n" + kSignals + "\n" + exit_codes() + "\n" + kExamples);
  app.set_version_flag("-V,--version", std::string("agentphone-mcp ") + kVersion);
  app.require_subcommand(0, 1);
  add_common(app, config);
  add_stdio(app, config, disclosure);
  add_inbox(app, config.inbox);
  const auto add_command = [&app](const char* name, const char* description, const char* examples) {
    CLI::App* command = app.add_subcommand(name, description);
    command->fallthrough();
    command->footer("The options of agentphone-mcp --help apply as well.\n\n" + exit_codes() + "\n" + examples);
    return command;
  };
  add_command("stdio", "Speak MCP over stdin and stdout (the default)", kExamples);
  CLI::App* http =
      add_command("http", "Speak MCP over HTTP: /mcp (Streamable HTTP) and /sse (HTTP+SSE)", kHttpExamples);
  add_http(*http, config.http);
  add_flag(
      *http, config.inbox.at_http_path,
      {"--inbox", "HTTP_INBOX", "",
       "Receive AgentPhone's webhook events at /webhooks/agentphone of this server, and keep them (default: off)"});
  CLI::App* sandbox =
      add_command("sandbox", "Serve the simulator as the AgentPhone REST API on 127.0.0.1", kSandboxExamples);
  add_sandbox(*sandbox, config);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, std::cout, std::cerr);
    return complain({complaint_about(error, app) + " (see --help)", exit_code::kUsage});
  }
  if (http->parsed()) config.command = Config::Command::kHttp;
  if (sandbox->parsed()) config.command = Config::Command::kSandbox;
  if (!disclosure.empty() && disclosure.find_first_not_of(" \t\r\n") == std::string::npos) {
    return complain({"--ai-disclosure: must be a sentence, or off", exit_code::kUsage});
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
