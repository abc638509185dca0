// Build step: turns schemas/tools/*.json or schemas/prompts/*.json into one C++ table (see EmbedSchemas.cmake). A file
// that lacks a part stops the build with its name, because a half-defined tool or prompt must never reach a client.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::ordered_json;

std::string raw_literal(const std::string& text) {
  return "R\"~~json(" + text + ")~~json\"";
}

std::string literal(const Json& value) {
  return raw_literal(value.dump());
}

/// A file: what clients see of it, and what is ours.
struct Definition {
  std::string name;
  Json wire;
  Json ours;
};

Definition read(const std::filesystem::path& file, const std::vector<std::string>& parts) {
  std::ifstream in(file);
  Definition definition;
  definition.wire = Json::parse(in);
  definition.name = definition.wire.at("name").get<std::string>();
  if (definition.name != file.stem().string()) throw std::runtime_error("name and file name differ");
  definition.ours = definition.wire.at("x-agentphone");
  definition.wire.erase("x-agentphone");
  for (const std::string& part : parts) {
    if (!definition.wire.contains(part)) throw std::runtime_error("member " + part + " is missing");
  }
  return definition;
}

std::string tool_row(const Definition& d) {
  return ".input_schema = " + literal(d.wire.at("inputSchema")) +
         ",\n     .example = " + literal(d.ours.at("example")) + ",\n     .effect = " + d.ours.at("effect").dump();
}

std::string prompt_row(const Definition& d) {
  std::string script;
  for (const Json& line : d.ours.at("script")) script += line.get<std::string>() + '\n';
  return ".completion = " + literal(d.ours.at("completion")) + ",\n     .script = " + raw_literal(script);
}

struct Kind {
  std::string type;
  std::vector<std::string> parts;
  std::string (*row)(const Definition& definition);
};

const std::map<std::string, Kind>& kinds() {
  static const std::map<std::string, Kind> kKinds{
      {"tools",
       {"mcp::ToolDefinition", {"title", "description", "inputSchema", "outputSchema", "annotations"}, tool_row}},
      {"prompts", {"PromptDefinition", {"title", "description", "arguments"}, prompt_row}}};
  return kKinds;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string& folder = arguments.at(1);
  const Kind& kind = kinds().at(folder);
  std::map<std::string, std::string> rows;
  for (auto file = arguments.begin() + 2; file != arguments.end(); ++file) {
    try {
      const Definition d = read(*file, kind.parts);
      rows[d.name] =
          "    {.name = \"" + d.name + "\",\n     .wire = " + literal(d.wire) + ",\n     " + kind.row(d) + "},\n";
    } catch (const std::exception& error) {
      std::cerr << *file << ": " << error.what() << '\n';
      return 1;
    }
  }
  std::ofstream out(arguments.at(0));
  out << "#include \"" << folder << "/definitions.h\"\n\n#include <array>\n\nnamespace apmcp::" << folder
      << " {\nnamespace {\n\nconstexpr std::array<" << kind.type << ", " << rows.size() << "> kDefinitions{{\n";
  for (const auto& [name, row] : rows) out << row;
  out << "}};\n\n}  // namespace\n\nstd::span<const " << kind.type << "> definitions() { return kDefinitions; }\n\n"
      << "}  // namespace apmcp::" << folder << "\n";
  return out.good() ? 0 : 1;
}
