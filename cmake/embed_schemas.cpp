// Build step: turns schemas/tools/*.json into one C++ table (see EmbedSchemas.cmake). A file that lacks a part stops
// the build with its name, because a half-defined tool must never reach a client.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::ordered_json;

std::string literal(const Json& value) {
  return "R\"~~json(" + value.dump() + ")~~json\"";
}

struct Definition {
  std::string name;
  Json wire;
  Json example;
  std::string effect;
};

Definition read(const std::filesystem::path& file) {
  std::ifstream in(file);
  Json json = Json::parse(in);
  Definition definition;
  definition.name = json.at("name").get<std::string>();
  if (definition.name != file.stem().string()) throw std::runtime_error("name and file name differ");
  const Json& ours = json.at("x-agentphone");
  definition.effect = ours.at("effect").get<std::string>();
  definition.example = ours.at("example");
  for (const char* part : {"title", "description", "inputSchema", "outputSchema", "annotations"}) {
    if (!json.contains(part)) throw std::runtime_error(std::string("member ") + part + " is missing");
  }
  json.erase("x-agentphone");
  definition.wire = std::move(json);
  return definition;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Definition> definitions;
  for (int i = 2; i < argc; ++i) {
    try {
      definitions.push_back(read(argv[i]));
    } catch (const std::exception& error) {
      std::cerr << argv[i] << ": " << error.what() << '\n';
      return 1;
    }
  }
  std::sort(definitions.begin(), definitions.end(),
            [](const Definition& a, const Definition& b) { return a.name < b.name; });
  std::ofstream out(argv[1]);
  out << "#include \"tools/definitions.h\"\n\n#include <array>\n\nnamespace apmcp::tools {\nnamespace {\n\n"
      << "constexpr std::array<mcp::ToolDefinition, " << definitions.size() << "> kDefinitions{{\n";
  for (const Definition& d : definitions) {
    out << "    {.name = \"" << d.name << "\",\n     .wire = " << literal(d.wire)
        << ",\n     .input_schema = " << literal(d.wire.at("inputSchema"))
        << ",\n     .example = " << literal(d.example) << ",\n     .effect = \"" << d.effect << "\"},\n";
  }
  out << "}};\n\n}  // namespace\n\nstd::span<const mcp::ToolDefinition> definitions() { return kDefinitions; }\n\n"
      << "}  // namespace apmcp::tools\n";
  return out.good() ? 0 : 1;
}
