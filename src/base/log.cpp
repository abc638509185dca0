#include "base/log.h"

#include <atomic>
#include <memory>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/redact.h"

namespace apmcp::log {
namespace {

std::atomic<Level> threshold{Level::kWarn};

spdlog::logger& logger() {
  // Not destroyed: threads may log until the process ends. Never spdlog's default logger, which writes to stdout.
  static auto* instance = [] {
    auto* made = new spdlog::logger("agentphone-mcp", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
    return made;
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

}  // namespace

void configure(Level lowest) { threshold = lowest; }

Level level() { return threshold.load(); }

bool enabled(Level level) { return level >= threshold.load() && threshold.load() != Level::kOff; }

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  std::string line(event);
  for (const Field& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    line += field.value;
  }
  logger().log(to_spdlog(level), "{}", escape_controls(scrub_secrets(std::move(line))));
}

}  // namespace apmcp::log
