#include "tools/opt_out.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

namespace apmcp::tools {
namespace {

/// Ends a sentence, or a part of one.
constexpr std::string_view kStop = "|";

/// Lower-case words without apostrophes; "don't" and "dont" are both "do not". Punctuation becomes kStop.
class WordList {
 public:
  explicit WordList(std::string_view said) {
    fold(said);
    words_.reserve(text_.size() / 4);
    words_.push_back(kStop);
    const std::string_view text = text_;
    for (std::size_t at = text.find_first_not_of(' '); at != std::string_view::npos;) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      const std::string_view word = text.substr(at, end - at);
      if (word == "dont") {
        words_.insert(words_.end(), {"do", "not"});
      } else {
        words_.push_back(word);
      }
      at = text.find_first_not_of(' ', end);
    }
    words_.push_back(kStop);
  }

  WordList(const WordList&) = delete;
  WordList& operator=(const WordList&) = delete;

  [[nodiscard]] std::size_t size() const { return words_.size(); }

  std::string_view operator[](std::size_t at) const { return words_[at]; }

 private:
  /// Letters, digits and spaces in `text_`.
  void fold(std::string_view said) {
    text_.reserve(said.size() + said.size() / 4);
    for (std::size_t i = 0; i < said.size(); ++i) {
      const char c = said[i];
      const bool is_typographic = c == '\xE2' && said.substr(i, 3) == "\xE2\x80\x99";
      if (c == '\'' || is_typographic) {
        if (is_typographic) i += 2;
      } else if (c >= 'A' && c <= 'Z') {
        text_ += static_cast<char>(c + 32);
      } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80U) != 0) {
        text_ += c;
      } else if (c == '.' || c == ',' || c == '!' || c == '?' || c == ';' || c == ':') {
        text_ += " | ";
      } else {
        text_ += ' ';
      }
    }
  }

  std::string text_;
  std::vector<std::string_view> words_;  ///< parts of text_, or literals
};

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

/// A phrase by one of the words that begin it.
struct Beginning {
  std::string_view word;
  const Phrase* phrase = nullptr;
};

constexpr std::size_t kBeginnings = [] {
  std::size_t count = 0;
  for (const Phrase& phrase : kPhrases) {
    for (const char c : phrase.words.front()) count += c == '/' ? 1 : 0;
    ++count;
  }
  return count;
}();

/// Few words begin a phrase, so that most are passed by one comparison of lengths each.
constexpr std::array<Beginning, kBeginnings> kByFirstWord = [] {
  std::array<Beginning, kBeginnings> beginnings{};
  std::size_t at = 0;
  for (const Phrase& phrase : kPhrases) {
    std::string_view words = phrase.words.front();
    while (!words.empty()) {
      const std::string_view word = words.substr(0, words.find('/'));
      beginnings.at(at++) = {word, &phrase};
      words.remove_prefix(std::min(words.size(), word.size() + 1));
    }
  }
  return beginnings;
}();

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
  const WordList words(said);
  for (std::size_t at = 0; at < words.size(); ++at) {
    const bool is_wish = std::any_of(kByFirstWord.begin(), kByFirstWord.end(), [&](const Beginning& beginning) {
      return beginning.word == words[at] && matches_at(words, at + 1, std::span(beginning.phrase->words).subspan(1));
    });
    if (is_wish && !is_turned(words, at)) return true;
  }
  return false;
}

}  // namespace apmcp::tools
