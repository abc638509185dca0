#pragma once

#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/log.h"
#include "support/temporary_directory.h"

namespace apmcp::test {

/// Logs into a file for the length of a test.
struct LogFile {
  explicit LogFile(log::Format format, log::Level lowest = log::Level::kInfo) : before(log::options()) {
    REQUIRE(log::configure({.lowest = lowest, .format = format, .file = path}));
  }

  ~LogFile() { CHECK(log::configure(before)); }

  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> found;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
  }

  TemporaryDirectory folder;
  std::string path = (folder.path() / "log").string();
  log::Options before;
};

}  // namespace apmcp::test
