// Who gets warnings as errors: developers and the gate. A user's compiler may be newer than all that we tried.
#include <fstream>
#include <map>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

TEST_SUITE_BEGIN("unit");

namespace {

using Presets = std::map<std::string, nlohmann::json>;

Presets configure_presets() {
  std::ifstream file(std::string(AGENTPHONE_MCP_SOURCE_DIR) + "/CMakePresets.json");
  REQUIRE(file.is_open());
  const auto document = nlohmann::json::parse(file);
  Presets presets;
  for (const auto& preset : document.at("configurePresets")) {
    presets[preset.at("name").get<std::string>()] = preset;
  }
  return presets;
}

/// The value of a cache variable, its own or inherited; empty when it is not set.
std::string cache_variable(const Presets& presets, const std::string& preset, const std::string& variable) {
  const nlohmann::json& entry = presets.at(preset);
  const auto own = entry.value("cacheVariables", nlohmann::json::object());
  if (own.contains(variable)) {
    return own.at(variable).get<std::string>();
  }
  return entry.contains("inherits") ? cache_variable(presets, entry.at("inherits").get<std::string>(), variable) : "";
}

}  // namespace

TEST_CASE("the release preset does not make warnings errors; the presets of developers do") {
  const Presets presets = configure_presets();
  CHECK(cache_variable(presets, "release", "AGENTPHONE_MCP_WERROR") == "OFF");
  for (const char* const preset : {"dev", "asan", "tsan", "fuzz"}) {
    CAPTURE(preset);
    CHECK(cache_variable(presets, preset, "AGENTPHONE_MCP_WERROR") == "ON");
  }
}

TEST_SUITE_END();
