#include "base/log.h"

#include <memory>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/json_parse.h"
#include "base/redact.h"

namespace apmcp::log {
namespace {

constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%e %l %v";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})";

Options& settings() {
  static auto* const instance = new Options;
  return *instance;
}

std::unique_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
  auto made = std::make_unique<spdlog::logger>("agentphone-mcp", std::move(sink));
  made->set_level(spdlog::level::trace);
  made->flush_on(spdlog::level::trace);
  return made;
}

/// Not destroyed: threads may log until the process ends. Never spdlog's default logger, which writes to stdout.
std::unique_ptr<spdlog::logger>& logger() {
  static auto* const instance = [] {
    auto* holder = new std::unique_ptr<spdlog::logger>(make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>()));
    (*holder)->set_pattern(kTextPattern);
    return holder;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarn: return spdlog::level::warn;
    case Level::kError:
    case Level::kOff: break;
  }
  return spdlog::level::err;
}

std::string text_line(std::string_view event, std::initializer_list<Field> fields) {
  std::string line(event);
  for (const Field& field : fields) line.append(" ").append(field.name).append("=").append(field.value);
  return escape_controls(scrub_secrets(std::move(line)));
}

/// The members of an object, without its braces.
std::string json_members(std::string_view event, std::initializer_list<Field> fields) {
  Json members{{"event", event}};
  for (const Field& field : fields) members[std::string(field.name)] = escape_controls(scrub_secrets(field.value));
  const std::string object = dump_json(members);
  return object.substr(1, object.size() - 2);
}

}  // namespace

bool configure(const Options& options) {
  settings() = options;
  bool is_open = true;
  if (!options.file.empty()) {
    try {
      logger() = make_logger(std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file));
    } catch (const spdlog::spdlog_ex&) {
      is_open = false;
    }
  }
  logger()->set_pattern(options.format == Format::kJson ? kJsonPattern : kTextPattern);
  return is_open;
}

void adopt(const Options& options) {
  if (&options != &settings()) static_cast<void>(configure(options));
}

const Options& options() {
  return settings();
}

bool enabled(Level level) {
  const Level lowest = settings().lowest;
  return level >= lowest && lowest != Level::kOff;
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  const bool is_json = settings().format == Format::kJson;
  logger()->log(to_spdlog(level), "{}", is_json ? json_members(event, fields) : text_line(event, fields));
}

}  // namespace apmcp::log
