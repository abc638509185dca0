// The picture of the layers in docs/design.md, as a test: it reads every quoted include below src/ and include/ and
// checks it against the table of allowed directions.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSource = 500;

/// Which layers a layer may include, apart from itself and `base`.
const std::map<std::string, std::set<std::string>, std::less<>>& allowed_layers() {
  static const std::map<std::string, std::set<std::string>, std::less<>> kAllowed{
      {"base", {}},
      {"jsonrpc", {}},
      {"mcp", {"jsonrpc"}},
      {"platform", {}},
      {"listener", {"platform"}},
      {"transport", {"mcp", "jsonrpc", "platform", "listener"}},
      {"numbers", {}},
      {"patterns", {}},
      {"http", {"platform"}},
      {"store", {"mcp", "platform"}},
      {"webhook", {}},
      {"inbox", {"store", "webhook", "listener"}},
      {"seal", {"mcp"}},
      {"agentphone", {"http", "platform"}},
      {"policy", {"numbers"}},
      {"tools", {"mcp", "policy", "agentphone", "numbers", "patterns", "inbox"}},
      {"resources", {"mcp", "policy", "agentphone", "tools", "inbox"}},
      {"prompts", {"mcp", "tools", "resources"}},
      {"sandbox", {"http", "platform", "webhook"}},
  };
  return kAllowed;
}

/// The wiring layer, which alone may know all others.
constexpr std::string_view kWiring = "app";

/// Public headers belong to the layer whose types they hold.
std::string layer_of_public_header(std::string_view header) {
  if (header == "agentphone_mcp/result.h" || header == "agentphone_mcp/version.h") {
    return "base";
  }
  constexpr std::array<std::string_view, 6> kProtocol{"change.h", "completion.h", "input.h",
                                                      "prompt.h", "resource.h",   "tool.h"};
  constexpr std::string_view kFolder = "agentphone_mcp/";
  if (header.starts_with(kFolder) &&
      std::find(kProtocol.begin(), kProtocol.end(), header.substr(kFolder.size())) != kProtocol.end()) {
    return "mcp";
  }
  return std::string(kWiring);
}

/// The header's text between the marks of an include line: quotes for ours, angle brackets for foreign ones.
std::string included(std::string_view line, char open, char close) {
  constexpr std::string_view kDirective = "#include ";
  if (!line.starts_with(kDirective)) {
    return {};
  }
  line.remove_prefix(kDirective.size());
  if (line.empty() || line.front() != open) {
    return {};
  }
  const auto end = line.find(close, 1);
  return end == std::string_view::npos ? std::string() : std::string(line.substr(1, end - 1));
}

std::string layer_of_include(const std::string& header) {
  if (header.starts_with("agentphone_mcp/")) {
    return layer_of_public_header(header);
  }
  const auto slash = header.find('/');
  return slash == std::string::npos ? std::string() : header.substr(0, slash);
}

struct Source {
  std::string path;  ///< below the project's folder, for messages
  std::string layer;
  std::vector<std::string> lines;
};

std::string layer_of_source(const std::string& path) {
  constexpr std::string_view kInclude = "include/";
  constexpr std::string_view kSrc = "src/";
  if (path.starts_with(kInclude)) {
    return layer_of_public_header(std::string_view(path).substr(kInclude.size()));
  }
  const std::string below = path.substr(kSrc.size());
  const auto slash = below.find('/');
  return slash == std::string::npos ? std::string(kWiring) : below.substr(0, slash);
}

std::vector<std::string> read_lines(const fs::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Source> sources_below(std::string_view folder) {
  const fs::path root(AGENTPHONE_MCP_SOURCE_DIR);
  std::vector<Source> found;
  if (!fs::exists(root / folder)) {
    return found;
  }
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const auto extension = entry.path().extension();
    if (!entry.is_regular_file() || (extension != ".h" && extension != ".cpp")) {
      continue;
    }
    const std::string path = fs::relative(entry.path(), root).generic_string();
    found.push_back({.path = path, .layer = layer_of_source(path), .lines = read_lines(entry.path())});
  }
  std::sort(found.begin(), found.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
  return found;
}

std::vector<Source> product_sources() {
  std::vector<Source> all = sources_below("src");
  std::vector<Source> headers = sources_below("include");
  all.insert(all.end(), headers.begin(), headers.end());
  return all;
}

bool may_include(const std::string& from, const std::string& to) {
  if (from == kWiring || from == to || to == "base") {
    return true;
  }
  const auto row = allowed_layers().find(from);
  return row != allowed_layers().end() && row->second.contains(to);
}

TEST_SUITE("unit") {
  TEST_CASE("every source belongs to a layer of the table") {
    const auto sources = product_sources();
    REQUIRE(sources.size() > 10);
    for (const Source& source : sources) {
      CAPTURE(source.path);
      CHECK((source.layer == kWiring || allowed_layers().contains(source.layer)));
    }
  }

  TEST_CASE("no layer includes a layer above it") {
    for (const Source& source : product_sources()) {
      for (const std::string& line : source.lines) {
        const std::string header = included(line, '"', '"');
        if (header.empty()) {
          continue;
        }
        const std::string target = layer_of_include(header);
        INFO(source.path, " includes \"", header, "\". Quoted includes name the layer (\"layer/file.h\"), and ",
             source.layer, " may not know ", target.empty() ? "a file without one" : target);
        CHECK(may_include(source.layer, target));
      }
    }
  }

  TEST_CASE("tools see of mcp its public header and the registry they fill, nothing else") {
    for (const Source& source : product_sources()) {
      if (source.layer != "tools") {
        continue;
      }
      for (const std::string& line : source.lines) {
        INFO(source.path, ": ", line);
        const std::string header = included(line, '"', '"');
        CHECK((!header.starts_with("mcp/") || header == "mcp/tool_registry.h"));
      }
    }
  }

  TEST_CASE("resources see of tools what both read and show, and no tool's function") {
    constexpr std::array<std::string_view, 8> kShared{"tools/call_report.h", "tools/events.h",   "tools/call_scope.h",
                                                      "tools/catalog.h",     "tools/readings.h", "tools/render.h",
                                                      "tools/tool_call.h",   "tools/untrusted.h"};
    for (const Source& source : product_sources()) {
      if (source.layer != "resources") {
        continue;
      }
      for (const std::string& line : source.lines) {
        INFO(source.path, ": ", line);
        const std::string header = included(line, '"', '"');
        CHECK((!header.starts_with("tools/") || std::find(kShared.begin(), kShared.end(), header) != kShared.end()));
      }
    }
  }

  TEST_CASE("only http and sandbox see cpp-httplib") {
    constexpr std::array<std::string_view, 2> kMay{"http", "sandbox"};
    for (const Source& source : product_sources()) {
      if (std::find(kMay.begin(), kMay.end(), source.layer) != kMay.end()) {
        continue;
      }
      for (const std::string& line : source.lines) {
        INFO(source.path, ": ", line);
        CHECK_FALSE(included(line, '<', '>') == "httplib.h");
      }
    }
  }

  TEST_CASE("no source is longer than a person reads in one sitting") {
    std::vector<Source> all = product_sources();
    for (const std::string_view folder : {"tests/unit", "tests/contract"}) {
      std::vector<Source> tests = sources_below(folder);
      all.insert(all.end(), tests.begin(), tests.end());
    }
    for (const Source& source : all) {
      INFO(source.path, " has more than ", kLongestSource, " lines: split it by responsibility");
      CHECK(source.lines.size() <= kLongestSource);
    }
  }
}

}  // namespace
