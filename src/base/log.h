#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace apmcp::log {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };

/// One fact of a log line. Values are escaped and scrubbed of keys before they are written.
struct Field {
  std::string_view name;
  std::string value;
};

/// Sends log lines at `lowest` and above to stderr. Call once, before any thread is started. Nothing is ever written
/// to stdout. The default, before this call, is warnings and errors.
void configure(Level lowest);

[[nodiscard]] Level level();
[[nodiscard]] bool enabled(Level level);

/// One line: event name, then fields. `event` is a constant of ours; text from outside belongs in a field. Never pass
/// a key, a message body or a full phone number (see redact.h for masks). Thread-safe.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::kDebug, event, fields);
}

inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::kInfo, event, fields);
}

inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::kWarn, event, fields);
}

inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::kError, event, fields);
}

}  // namespace apmcp::log
