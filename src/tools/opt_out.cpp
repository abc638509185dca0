#include "tools/opt_out.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

namespace apmcp::tools {
namespace {

using WordList = std::vector<std::string>;

/// Ends a sentence, or a part of one.
constexpr std::string_view kStop = "|";

/// Lower-case words without apostrophes; "don't" and "dont" are both "do not". Punctuation becomes kStop.
WordList words_of(std::string_view said) {
  std::string text;
  for (std::size_t i = 0; i < said.size(); ++i) {
    const char c = said[i];
    const bool is_typographic = said.substr(i, 3) == "\xE2\x80\x99";
    if (c == '\'' || is_typographic) {
      if (is_typographic) i += 2;
    } else if (c >= 'A' && c <= 'Z') {
      text += static_cast<char>(c + 32);
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80U) != 0) {
      text += c;
    } else if (c == '.' || c == ',' || c == '!' || c == '?' || c == ';' || c == ':') {
      text += " | ";
    } else {
      text += ' ';
    }
  }
  WordList words{std::string(kStop)};
  for (std::size_t at = text.find_first_not_of(' '); at != std::string::npos;) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (word == "dont") {
      words.insert(words.end(), {"do", "not"});
    } else {
      words.push_back(word);
    }
    at = text.find_first_not_of(' ', end);
  }
  words.emplace_back(kStop);
  return words;
}

/// True when `word` is one of "me/us/here".
bool is_one_of(std::string_view word, std::string_view choices) {
  while (!choices.empty()) {
    const std::string_view choice = choices.substr(0, choices.find('/'));
    if (choice == word) return true;
    choices.remove_prefix(std::min(choices.size(), choice.size() + 1));
  }
  return false;
}

/// WordList to find one after the other, each "a/b/c" for any of these, and "..." for up to five of any kind.
struct Phrase {
  std::array<std::string_view, 7> words;  ///< unused ones are empty
};

constexpr std::string_view kCall = "call/phone/ring/contact/text/telephone/bother";
constexpr std::string_view kUs = "me/us/here/again/anymore";
constexpr std::string_view kUsOrThis = "me/us/here/this/my/our";
/// What may follow a wish that is one; "do not call me before nine" goes on otherwise.
constexpr std::string_view kSettled = "|/again/anymore/any/ever/please/here/no/or";

constexpr std::array kPhrases = {
    Phrase{{"not", kCall, kUs, kSettled}},
    Phrase{{"not", kCall, "this/my/our", "number/phone/line/house/office/place", kSettled}},
    Phrase{{"not", kCall, kUs, "at", "all"}},
    Phrase{{"never", kCall, "me/us/here", "again/anymore/ever"}},
    Phrase{{"never", kCall, "this/my/our", "number/phone/line/house/office/place", "again/anymore/ever"}},
    Phrase{{"stop/quit", "calling/phoning/contacting/texting/ringing/bothering", "me/us/here/this/my/|"}},
    Phrase{{"take/remove/delete/get", kUsOrThis, "...", "off/from/of", "...", "list/lists/records/database/system"}},
    Phrase{{"remove/delete/lose", "this/my/our", "number", "from/please/|"}},
    Phrase{{"put/add", kUsOrThis, "...", "do", "not", kCall, "list/register/registry"}},
    Phrase{{"not", "want", "...", "calls", "anymore/again/any/from/please/|"}},
    Phrase{{"want/please/|", "no", "more", "calls", "|/from/please"}},
    Phrase{{"opt", "me/us", "out"}},
    Phrase{{"want/like/wish", "to", "opt", "out"}},
    Phrase{{"unsubscribe", "me/us"}},
    Phrase{{"no", "me", "llame/llamen/llames", "m\xC3\xA1s/mas/nunca"}},
    Phrase{{"no", "me/nos", "vuelva/vuelvan", "a", "llamar"}},
    Phrase{{"no", "vuelva/vuelvan", "a", "llamar/llamarme/llamarnos"}},
    Phrase{{"ne", "mappelez/nous/me", "plus/appelez/rappelez"}},
    Phrase{{"rufen", "sie", "...", "nicht", "mehr", "an"}},
};

/// Before the wish in the same sentence, they make it a condition, a question or a story.
constexpr std::string_view kTurns = "if/unless/when/why/did/they/them/he/she/him/her/his/whether/who/never";

bool matches_at(const WordList& words, std::size_t at, std::span<const std::string_view> phrase) {
  constexpr std::size_t kWidest = 5;
  if (phrase.empty() || phrase.front().empty()) return true;
  if (phrase.front() == "...") {
    for (std::size_t skip = 0; skip <= kWidest && at + skip < words.size(); ++skip) {
      if (matches_at(words, at + skip, phrase.subspan(1))) return true;
      if (words[at + skip] == kStop) return false;
    }
    return false;
  }
  return at < words.size() && is_one_of(words[at], phrase.front()) && matches_at(words, at + 1, phrase.subspan(1));
}

bool is_turned(const WordList& words, std::size_t at) {
  for (; at > 0 && words[at - 1] != kStop; --at) {
    if (is_one_of(words[at - 1], kTurns)) return true;
  }
  return false;
}

}  // namespace

bool asks_not_to_be_called(std::string_view said) {
  const WordList words = words_of(said);
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (is_turned(words, at)) continue;
    if (std::any_of(kPhrases.begin(), kPhrases.end(),
                    [&](const Phrase& phrase) { return matches_at(words, at, phrase.words); })) {
      return true;
    }
  }
  return false;
}

}  // namespace apmcp::tools
