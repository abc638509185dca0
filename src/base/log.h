#pragma once

#include <atomic>
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

enum class Format {
  kText,  ///< time level event name=value ...
  kJson,  ///< one object a line: time, level, event, then the fields
};

struct Options {
  Level lowest = Level::kWarn;  ///< this and everything above it is written
  Format format = Format::kText;
  std::string file;  ///< appended to; empty: stderr
  /// When this has changed the file is opened again before the next line, so that one which was moved away is let go.
  /// nullptr: never. Outlives the program's last line.
  const std::atomic<unsigned>* reopenings = nullptr;
};

/// Says where log lines go, and how. Call once, before any thread is started. Nothing is ever written to stdout. False
/// when the file cannot be opened; then lines go to stderr as before.
[[nodiscard]] bool configure(const Options& options);

/// For a part of the program with a copy of this library of its own: logs as the `options()` of the other copy say.
/// Nothing to do, and nothing done, when both are the same.
void adopt(const Options& options);

/// What configure() was given.
[[nodiscard]] const Options& options();

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
