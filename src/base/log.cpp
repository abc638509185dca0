#include "base/log.h"

#include <memory>
#include <mutex>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
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

/// A file that is opened again when it was asked for. One that cannot be is kept as it is: better lines in the old file
/// than none.
class ReopenedFileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit ReopenedFileSink(const Options& options)
      : path_(options.file), reopenings_(options.reopenings), seen_(count()), file_(open()) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (const unsigned now = count(); now != seen_) {
      seen_ = now;
      reopen();
    }
    file_->log(message);
  }

  void flush_() override { file_->flush(); }

  void set_pattern_(const std::string& pattern) override {
    set_formatter_(std::make_unique<spdlog::pattern_formatter>(pattern));
  }

  void set_formatter_(std::unique_ptr<spdlog::formatter> formatter) override {
    file_->set_formatter(formatter->clone());
    formatter_ = std::move(formatter);
  }

 private:
  using File = spdlog::sinks::basic_file_sink_st;

  [[nodiscard]] unsigned count() const { return reopenings_ == nullptr ? 0 : reopenings_->load(); }

  [[nodiscard]] std::unique_ptr<File> open() const { return std::make_unique<File>(path_); }

  void reopen() {
    try {
      auto fresh = open();
      fresh->set_formatter(formatter_->clone());
      file_ = std::move(fresh);
    } catch (const spdlog::spdlog_ex&) {
    }
  }

  const std::string path_;
  const std::atomic<unsigned>* const reopenings_;
  unsigned seen_;
  std::unique_ptr<File> file_;
};

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
      logger() = make_logger(std::make_shared<ReopenedFileSink>(options));
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
