#include <algorithm>
#include <array>
#include <cctype>

#include "tools/bindings.h"
#include "tools/render.h"

namespace apmcp::tools {
namespace {

struct ListVoices {
  std::optional<std::string> provider, gender, accent, query;
  std::int64_t limit = 20, offset = 0;

  static ListVoices from(JsonReader& in) {
    return {in.opt_str("provider"),
            in.opt_str("gender"),
            in.opt_str("accent"),
            in.opt_str("query"),
            in.opt_integer("limit").value_or(20),
            in.opt_integer("offset").value_or(0)};
  }
};

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

bool contains(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same_letter) != text.end();
}

/// The whole word, because "female" contains "male".
bool equals(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_letter);
}

bool matches(const agentphone::Voice& voice, const ListVoices& in) {
  if (in.provider && !contains(voice.provider, *in.provider)) return false;
  if (in.gender && !(voice.gender && equals(*voice.gender, *in.gender))) return false;
  if (in.accent && !(voice.accent && contains(*voice.accent, *in.accent))) return false;
  return !in.query || contains(voice.voice_name, *in.query) || contains(voice.voice_id, *in.query);
}

std::string voice_line(const agentphone::Voice& voice) {
  std::string line = "\n" + named(voice.voice_name, voice.voice_id);
  for (const std::string& part : {voice.provider, voice.gender.value_or(""), voice.accent.value_or("")}) {
    if (!part.empty()) line += ", " + inline_text(part);
  }
  return line;
}

Result<ToolOutput> list_voices(const ListVoices& in, ToolCall& call) {
  auto voices = call.api().list_voices(call.options);
  if (!voices) return std::move(voices).error();
  std::erase_if(*voices, [&in](const agentphone::Voice& voice) { return !matches(voice, in); });
  const auto total = static_cast<std::int64_t>(voices->size());
  const std::int64_t first_row = std::clamp<std::int64_t>(in.offset, 0, total);
  const std::int64_t end_row = std::min(total, first_row + in.limit);
  Json rows = Json::array();
  std::string lines;
  for (auto voice = voices->begin() + first_row; voice != voices->begin() + end_row; ++voice) {
    rows.push_back(voice_row(*voice));
    lines += voice_line(*voice);
  }
  const Json page = page_info(total, end_row < total, first_row, rows.size());
  const std::string next =
      total == 0 ? "No voice matches: drop a filter. Voices that state no gender or accent never match one."
                 : "Pass the id as voice to create_agent, update_agent or place_call.";
  return ToolOutput{.structured = {{"voices", rows}, {"page", page}, {"next_step", next}},
                    .text = page_sentence(page, rows.size(), "voices") + lines + "\n" + next};
}

constexpr std::array kVoiceBindings{bind<ListVoices, list_voices>("list_voices")};

}  // namespace

std::span<const Binding> voice_bindings() {
  return kVoiceBindings;
}

}  // namespace apmcp::tools
