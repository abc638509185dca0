#include <array>

#include "sandbox/operations.h"

namespace apmcp::sandbox {
namespace {

struct VoiceRow {
  std::string_view id, name, provider, gender, accent;  ///< gender and accent empty: null
};

/// The default voice and at least one of every provider; hand-picked rows keep the nulls that real ones have.
constexpr std::array kVoices = {
    VoiceRow{kDefaultVoice, "Skylar - Friendly Guide", "agentphone", "female", "American"},
    VoiceRow{"11labs-Marissa", "Marissa", "elevenlabs", "female", "American"},
    VoiceRow{"11labs-Adrian", "Adrian", "elevenlabs", "male", "American"},
    VoiceRow{"11labs-Dorothy", "Dorothy", "elevenlabs", "female", "British"},
    VoiceRow{"cartesia-Cleo", "Cleo", "cartesia", "female", "American"},
    VoiceRow{"cartesia-Willa", "Willa", "cartesia", "female", "British"},
    VoiceRow{"openai-Alloy", "Alloy", "openai", "", "American"},
    VoiceRow{"openai-Onyx", "Onyx", "openai", "male", "American"},
    VoiceRow{"minimax-Louis", "Louis", "minimax", "male", "British"},
    VoiceRow{"minimax-Camille", "Camille", "minimax", "female", "French"},
    VoiceRow{"fish_audio-Harper", "Harper", "fish_audio", "female", ""},
    VoiceRow{"inworld-Ronald", "Ronald", "inworld", "male", "British"},
    VoiceRow{"qwen3-Cherry", "Cherry", "qwen3", "female", ""},
    VoiceRow{"custom_voice_sandbox_plain", "Plain", "agentphone", "", ""},
};

/// Variations fill the list up, because the service has hundreds and a client must cope with that.
constexpr std::array<std::string_view, 5> kProviders = {"elevenlabs", "cartesia", "openai", "minimax", "inworld"};
constexpr std::array<std::string_view, 4> kAccents = {"American", "British", "Australian", "Indian"};
constexpr int kVariations = 48;

Json or_null(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json row(const VoiceRow& voice, const Json& preview) {
  return {{"voice_id", voice.id},
          {"voice_name", voice.name},
          {"provider", voice.provider},
          {"gender", or_null(voice.gender)},
          {"accent", or_null(voice.accent)},
          {"preview_audio_url", preview}};
}

}  // namespace

Reply list_voices(Context& /*in*/) {
  Json data = Json::array();
  for (const VoiceRow& voice : kVoices) {
    const bool has_preview = !voice.accent.empty();
    data.push_back(
        row(voice, has_preview ? Json("https://voices.example.com/" + std::string(voice.id) + ".mp3") : Json()));
  }
  for (int i = 0; i < kVariations; ++i) {
    const auto n = static_cast<std::size_t>(i);
    const std::string name = "Sample " + std::to_string(i + 1);
    const std::string_view provider = kProviders[n % kProviders.size()];
    const std::string id = std::string(provider) + "-sample-" + std::to_string(i + 1);
    data.push_back(row({id, name, provider, i % 2 == 0 ? "female" : "male", kAccents[n % kAccents.size()]}, nullptr));
  }
  return ok({{"data", std::move(data)}});
}

}  // namespace apmcp::sandbox
