#include "tools/one_time_code.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/utf8.h"
#include "tools/code_words.h"

namespace apmcp::tools {
namespace {

constexpr std::size_t kShortestCode = 4;
constexpr std::size_t kLongestCode = 8;
constexpr std::size_t kFarthestName = 60;  ///< characters between a code and the word that names it
constexpr std::size_t kWordsAhead = 8;
constexpr std::size_t kMaxCodeText = 4000;  ///< characters that are looked at

bool is_ascii_digit(char32_t c) {
  return c >= U'0' && c <= U'9';
}

bool is_ascii_letter(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}

bool is_within(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

/// Chinese, Japanese, Korean, Thai.
bool is_script(char32_t c) {
  return is_within(c, 0x3005, 0x3007) || is_within(c, 0x3041, 0x30FA) || is_within(c, 0x30FC, 0x30FF) ||
         is_within(c, 0x3400, 0x9FFF) || is_within(c, 0xAC00, 0xD7AF) || is_within(c, 0x0E01, 0x0E5B);
}

bool is_letter(char32_t c) {
  if (is_ascii_letter(c)) return true;
  if (c == 0xAA || c == 0xBA) return true;
  const bool is_sign = c == 0xD7 || c == 0xF7 || c == 0x60C || c == 0x61B || c == 0x61F || c == 0x964;
  return !is_sign && (is_within(c, 0xC0, 0x24F) || is_within(c, 0x300, 0xDFF) || is_within(c, 0xE80, 0x1FFF));
}

/// Full-width and Arabic digits as ASCII, full-width letters, spaces and hyphens too.
char32_t plain(char32_t c) {
  if (is_within(c, 0xFF10, 0xFF19) || is_within(c, 0xFF21, 0xFF3A)) return c - 0xFF10 + U'0';
  if (is_within(c, 0x660, 0x669)) return c - 0x660 + U'0';
  if (is_within(c, 0x6F0, 0x6F9)) return c - 0x6F0 + U'0';
  if (c == 0xA0 || c == 0x2009 || c == 0x202F || c == 0x3000) return U' ';
  return c == 0x2010 || c == 0x2011 || c == 0x2013 ? U'-' : c;
}

char32_t lower(char32_t c) {
  if (is_within(c, U'A', U'Z') || is_within(c, 0xC0, 0xD6) || is_within(c, 0xD8, 0xDE)) return c + 32;
  if (is_within(c, 0x391, 0x3A9) || is_within(c, 0x410, 0x42F)) return c + 32;
  if (is_within(c, 0x400, 0x40F)) return c + 80;
  const bool even_is_upper = is_within(c, 0x100, 0x137) || is_within(c, 0x14A, 0x177);
  const bool odd_is_upper = is_within(c, 0x139, 0x148) || is_within(c, 0x179, 0x17E);
  if ((even_is_upper && c % 2 == 0) || (odd_is_upper && c % 2 == 1)) return c + 1;
  return c;
}

/// Lenient: a byte that is no UTF-8 becomes a sign that means nothing here.
std::u32string characters(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size() && out.size() < kMaxCodeText;) {
    const CodePoint c = code_point_at(text, at);
    out += c.is_utf8 ? plain(c.value) : U'\uFFFD';
    at += c.length;
  }
  return out;
}

void append_utf8(std::string& out, char32_t c) {
  const auto push = [&out](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) return push(c);
  if (c < 0x800) {
    push(0xC0 | (c >> 6U));
  } else {
    if (c < 0x10000) {
      push(0xE0 | (c >> 12U));
    } else {
      push(0xF0 | (c >> 18U));
      push(0x80 | ((c >> 12U) & 0x3FU));
    }
    push(0x80 | ((c >> 6U) & 0x3FU));
  }
  push(0x80 | (c & 0x3FU));
}

struct TextToken {
  enum class Shape { kWord, kNumber, kMixed };
  std::size_t begin = 0, end = 0;
  Shape shape = Shape::kWord;
  WordKind kind = WordKind::kOther;

  [[nodiscard]] std::size_t size() const { return end - begin; }
};

/// A number that could be a code, and the tokens it is made of.
struct CodeCandidate {
  std::size_t first = 0, last = 0;
  bool needs_name = false;  ///< too like other things to be one unless words call it a code
  std::string value;
};

/// How sure the words make us; among equals the nearer one wins.
enum class Claim { kNone, kNear, kNamed };

class CodeReader {
 public:
  explicit CodeReader(std::string_view text) : text_(characters(text)) {
    for (std::size_t at = 0; at < text_.size();) at = read_token(at);
    for (std::size_t i = 0; i < tokens_.size(); ++i) qualify(i);
    for (TextToken& token : tokens_) {
      if (token.kind == WordKind::kConfirmation) token.kind = WordKind::kThing;
    }
  }

  [[nodiscard]] std::optional<std::string> autofill_code() const;
  [[nodiscard]] std::optional<std::string> best_code() const;

 private:
  using Shape = TextToken::Shape;

  std::size_t read_token(std::size_t at);
  void qualify(std::size_t i);
  void qualify_by_what_precedes(std::size_t i);
  void qualify_by_what_follows(std::size_t i);
  [[nodiscard]] bool tells_sort(std::size_t i) const;
  [[nodiscard]] std::size_t after_of(std::size_t i) const;

  [[nodiscard]] char32_t at(std::size_t index) const { return index < text_.size() ? text_[index] : U' '; }

  [[nodiscard]] std::u32string_view gap_after(std::size_t token) const {
    const std::size_t begin = tokens_[token].end;
    const std::size_t end = token + 1 < tokens_.size() ? tokens_[token + 1].begin : text_.size();
    return std::u32string_view(text_).substr(begin, end - begin);
  }

  [[nodiscard]] bool ends_sentence(std::size_t token) const {
    return gap_after(token).find_first_of(U".!?。") != std::u32string_view::npos;
  }

  [[nodiscard]] bool joined(std::size_t token) const {
    const auto gap = gap_after(token);
    return gap == U" " || gap == U"-";
  }

  [[nodiscard]] std::string ascii(std::size_t begin, std::size_t end) const;
  [[nodiscard]] std::optional<CodeCandidate> candidate_at(std::size_t i) const;
  [[nodiscard]] bool is_mixed_code(const TextToken& token) const;
  [[nodiscard]] bool is_part_of_more(const CodeCandidate& c) const;
  [[nodiscard]] bool is_amount(const CodeCandidate& c) const;
  [[nodiscard]] WordKind said_before(const CodeCandidate& c) const;
  [[nodiscard]] WordKind said_after(const CodeCandidate& c) const;
  [[nodiscard]] bool is_called_code(const CodeCandidate& c) const;
  [[nodiscard]] bool is_what_the_code_is(const CodeCandidate& c) const;
  [[nodiscard]] std::size_t distance_to_code_word(const CodeCandidate& c) const;
  [[nodiscard]] bool is_year(const CodeCandidate& c) const;
  [[nodiscard]] Claim claim(const CodeCandidate& c) const;

  std::u32string text_;
  std::vector<TextToken> tokens_;
};

std::size_t CodeReader::read_token(std::size_t at) {
  const auto is_plain = [](char32_t c) { return is_ascii_digit(c) || is_letter(c); };
  if (!is_plain(text_[at]) && !is_script(text_[at])) return at + 1;
  const bool script = is_script(text_[at]);
  TextToken token{.begin = at};
  std::size_t digits = 0;
  std::string word;
  for (; at < text_.size() && (script ? is_script(text_[at]) : is_plain(text_[at])); ++at) {
    if (is_ascii_digit(text_[at])) ++digits;
    append_utf8(word, lower(text_[at]));
  }
  token.end = at;
  if (digits > 0) token.shape = digits == token.size() ? Shape::kNumber : Shape::kMixed;
  if (digits == 0) token.kind = script ? script_kind(word) : word_kind(word);
  tokens_.push_back(token);
  return at;
}

/// True for a word that says of what sort a code beside it is.
bool CodeReader::tells_sort(std::size_t i) const {
  const WordKind kind = tokens_[i].kind;
  return kind == WordKind::kQualifier || (kind == WordKind::kThing && at(tokens_[i].begin) < 0x2E80);
}

/// The first token from `i` on that is no "of" or "the", two of which are passed over.
std::size_t CodeReader::after_of(std::size_t i) const {
  const std::size_t end = std::min(tokens_.size(), i + 2);
  while (i < end && tokens_[i].kind == WordKind::kOf) ++i;
  return i;
}

/// "Promo code", "código de descuento", "code postal": another sort of code, so no number beside it is ours. A
/// confirmation number is a booking's; a confirmation code is sent to confirm, unless a booking is named with it.
void CodeReader::qualify(std::size_t i) {
  if (tokens_[i].kind != WordKind::kCode) return;
  qualify_by_what_precedes(i);
  const bool is_followed = i + 1 < tokens_.size() && !ends_sentence(i) && gap_after(i).size() == 1;
  if (is_followed) qualify_by_what_follows(i);
}

void CodeReader::qualify_by_what_precedes(std::size_t i) {
  if (i == 0 || !joined(i - 1)) return;
  std::size_t before = i - 1;
  if (tokens_[before].kind == WordKind::kConfirmation) {
    tokens_[before].kind = WordKind::kOther;
    if (before > 0 && joined(before - 1)) --before;
  }
  if (tells_sort(before)) tokens_[i].kind = WordKind::kThing;
}

void CodeReader::qualify_by_what_follows(std::size_t i) {
  std::size_t next = after_of(i + 1);
  if (next == tokens_.size()) return;
  if (tokens_[next].kind == WordKind::kConfirmation) {
    tokens_[next].kind = tokens_[i].kind;
    const std::size_t what = after_of(next + 1);
    if (what == next + 1 || what == tokens_.size()) return;
    next = what;
  }
  if (tells_sort(next)) tokens_[i].kind = WordKind::kThing;
}

std::string CodeReader::ascii(std::size_t begin, std::size_t end) const {
  std::string out;
  for (std::size_t i = begin; i < end; ++i) {
    if (text_[i] < 0x80) out += static_cast<char>(text_[i]);
  }
  return out;
}

bool CodeReader::is_mixed_code(const TextToken& token) const {
  if (token.shape != Shape::kMixed || token.size() < kShortestCode || token.size() > kLongestCode) return false;
  return std::all_of(text_.begin() + static_cast<std::ptrdiff_t>(token.begin),
                     text_.begin() + static_cast<std::ptrdiff_t>(token.end),
                     [](char32_t c) { return is_ascii_digit(c) || is_within(c, U'A', U'Z'); });
}

std::optional<CodeCandidate> CodeReader::candidate_at(std::size_t i) const {
  const TextToken& token = tokens_[i];
  const bool has_next = i + 1 < tokens_.size();
  if (token.shape == Shape::kWord) {
    const bool is_prefix = token.size() <= 3 && has_next && gap_after(i) == U"-" &&
                           tokens_[i + 1].shape == Shape::kNumber && tokens_[i + 1].size() >= kShortestCode &&
                           tokens_[i + 1].size() <= kLongestCode && is_within(text_[token.begin], U'A', U'Z') &&
                           is_within(text_[token.end - 1], U'A', U'Z');
    if (!is_prefix) return std::nullopt;
    return CodeCandidate{.first = i, .last = i + 1, .value = ascii(token.begin, tokens_[i + 1].end)};
  }
  if (is_mixed_code(token)) {
    return CodeCandidate{.first = i, .last = i, .needs_name = true, .value = ascii(token.begin, token.end)};
  }
  if (token.shape != Shape::kNumber) return std::nullopt;
  if (has_next && joined(i) && tokens_[i + 1].shape == Shape::kNumber && token.size() == tokens_[i + 1].size() &&
      (token.size() == 3 || token.size() == 4)) {
    return CodeCandidate{.first = i,
                         .last = i + 1,
                         .value = ascii(token.begin, token.end) + ascii(tokens_[i + 1].begin, tokens_[i + 1].end)};
  }
  if (token.size() < kShortestCode || token.size() > kLongestCode) return std::nullopt;
  return CodeCandidate{.first = i, .last = i, .value = ascii(token.begin, token.end)};
}

/// A piece of a date, a time, a decimal, a phone number, an address on the web.
bool CodeReader::is_part_of_more(const CodeCandidate& c) const {
  const std::size_t begin = tokens_[c.first].begin;
  const std::size_t end = tokens_[c.last].end;
  constexpr std::u32string_view kGlue = U".,:/-_@'";
  const char32_t before = begin > 0 ? text_[begin - 1] : U' ';
  const char32_t two_before = begin > 1 ? text_[begin - 2] : U' ';
  if (before == U'+' || before == U'/' || before == U'_' || before == U'@') return true;
  if (kGlue.find(before) != std::u32string_view::npos && (is_ascii_digit(two_before) || is_ascii_letter(two_before)) &&
      before != U':') {
    return true;
  }
  if (before == U':' && is_ascii_digit(two_before)) return true;
  if (kGlue.find(at(end)) != std::u32string_view::npos &&
      (is_ascii_digit(at(end + 1)) || is_ascii_letter(at(end + 1)))) {
    return true;
  }
  const auto is_group = [this](std::size_t token) {
    return tokens_[token].shape == Shape::kNumber && tokens_[token].size() >= 2;
  };
  const bool has_left = c.first > 0 && joined(c.first - 1) && is_group(c.first - 1);
  const bool has_right = c.last + 1 < tokens_.size() && joined(c.last) && is_group(c.last + 1);
  return has_left || has_right || (before == U' ' && two_before == U')');
}

bool CodeReader::is_amount(const CodeCandidate& c) const {
  static constexpr std::u32string_view kSigns = U"$€£¥₹₽₺₩%‰°円元원";
  const std::size_t begin = tokens_[c.first].begin;
  const std::size_t end = tokens_[c.last].end;
  const auto is_sign = [](char32_t s) { return kSigns.find(s) != std::u32string_view::npos; };
  if (begin > 0 && is_sign(text_[begin - 1])) return true;
  if (begin > 1 && text_[begin - 1] == U' ' && is_sign(text_[begin - 2])) return true;
  if (is_sign(at(end)) || (at(end) == U' ' && is_sign(at(end + 1)))) return true;
  const auto is_unit = [this](std::size_t token) { return tokens_[token].kind == WordKind::kUnit; };
  if (c.last + 1 < tokens_.size() && joined(c.last) && is_unit(c.last + 1)) return true;
  return c.first > 0 && joined(c.first - 1) && is_unit(c.first - 1);
}

/// The first telling word to the left, links and a colon aside, up to another number or the end of a sentence.
WordKind CodeReader::said_before(const CodeCandidate& c) const {
  for (std::size_t i = c.first; i > 0 && !ends_sentence(i - 1); --i) {
    const TextToken& token = tokens_[i - 1];
    if (token.shape != Shape::kWord) return WordKind::kOther;
    if (token.kind != WordKind::kLink && token.kind != WordKind::kOf) return token.kind;
  }
  return WordKind::kOther;
}

/// "482913 is your code": what the number is said to be. Other words may stand between.
WordKind CodeReader::said_after(const CodeCandidate& c) const {
  for (std::size_t i = c.last + 1; i < tokens_.size() && i <= c.last + kWordsAhead; ++i) {
    if (ends_sentence(i - 1)) break;
    const TextToken& token = tokens_[i];
    if (i == c.last + 1 && token.kind != WordKind::kLink) break;
    if (token.kind == WordKind::kCode || token.kind == WordKind::kThing) return token.kind;
    if (token.shape != Shape::kWord) break;
  }
  return WordKind::kOther;
}

/// "482913 is your Samsung account verification code", with nothing but spaces in it: so plain that it counts whatever
/// stands before the number.
bool CodeReader::is_called_code(const CodeCandidate& c) const {
  if (c.last + 2 >= tokens_.size() || said_after(c) != WordKind::kCode) return false;
  const WordKind second = tokens_[c.last + 2].kind;
  if (second != WordKind::kLink && second != WordKind::kCode) return false;
  std::size_t i = c.last;
  while (tokens_[i].kind != WordKind::kCode && joined(i)) ++i;
  return tokens_[i].kind == WordKind::kCode;
}

/// "Use this code to confirm your order: 482913": a colon, and what the number is was said earlier in the sentence.
bool CodeReader::is_what_the_code_is(const CodeCandidate& c) const {
  if (c.first == 0) return false;
  std::u32string colon(gap_after(c.first - 1));
  std::erase_if(colon, [](char32_t s) { return s == U' ' || s == U'\n'; });
  if (colon != U":" && colon != U"\uFF1A") return false;
  for (std::size_t i = c.first - 1; tokens_[i].shape == Shape::kWord; --i) {
    if (tokens_[i].kind == WordKind::kCode) return true;
    // "We never ask for a code, order: 482913" speaks of two things.
    const std::u32string_view ends = i + 1 == c.first ? U".!?。:;\n," : U".!?。:;\n";
    if (i == 0 || gap_after(i - 1).find_first_of(ends) != std::u32string_view::npos) return false;
  }
  return false;
}

std::size_t CodeReader::distance_to_code_word(const CodeCandidate& c) const {
  std::size_t nearest = std::numeric_limits<std::size_t>::max();
  for (const TextToken& token : tokens_) {
    if (token.kind != WordKind::kCode) continue;
    const bool is_left = token.begin < tokens_[c.first].begin;
    nearest = std::min(nearest, is_left ? tokens_[c.first].begin - token.end : token.begin - tokens_[c.last].end);
  }
  return nearest;
}

bool CodeReader::is_year(const CodeCandidate& c) const {
  return c.value.size() == 4 && (c.value.starts_with("19") || c.value.starts_with("20"));
}

Claim CodeReader::claim(const CodeCandidate& c) const {
  if (is_part_of_more(c) || is_amount(c)) return Claim::kNone;
  const WordKind before = said_before(c);
  if (before == WordKind::kQualifier) return Claim::kNone;
  if (before == WordKind::kThing || before == WordKind::kAccount || before == WordKind::kReach) {
    const bool is_code = is_called_code(c) || (before != WordKind::kReach && is_what_the_code_is(c));
    return is_code ? Claim::kNamed : Claim::kNone;
  }
  const WordKind after = said_after(c);
  if (before == WordKind::kCode || after == WordKind::kCode) return Claim::kNamed;
  const std::size_t distance = distance_to_code_word(c);
  if (distance == std::numeric_limits<std::size_t>::max() || after == WordKind::kThing) return Claim::kNone;
  if (before == WordKind::kCommand) return Claim::kNamed;
  const bool has_hash = tokens_[c.first].begin > 0 && text_[tokens_[c.first].begin - 1] == U'#';
  const bool is_doubtful = c.needs_name || has_hash || is_year(c) || before == WordKind::kPlace;
  return is_doubtful || distance > kFarthestName ? Claim::kNone : Claim::kNear;
}

std::optional<std::string> CodeReader::best_code() const {
  std::optional<CodeCandidate> best;
  Claim best_claim = Claim::kNone;
  std::size_t best_distance = 0;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    auto candidate = candidate_at(i);
    if (!candidate) continue;
    i = candidate->last;
    const Claim claimed = claim(*candidate);
    const std::size_t distance = distance_to_code_word(*candidate);
    if (claimed > best_claim || (claimed == best_claim && claimed != Claim::kNone && distance < best_distance)) {
      best_claim = claimed;
      best_distance = distance;
      best = std::move(candidate);
    }
  }
  if (best) return best->value;
  // A text that is nothing but six digits is what the shortest senders write.
  if (tokens_.empty() || tokens_.front().begin != 0) return std::nullopt;
  const auto only = candidate_at(0);
  const bool is_alone = only && only->last + 1 == tokens_.size() && only->value.size() == 6 && !only->needs_name;
  return is_alone && text_.find_first_not_of(U" \n.", tokens_.back().end) == std::u32string::npos
             ? std::optional(only->value)
             : std::nullopt;
}

std::optional<std::string> CodeReader::autofill_code() const {
  const std::size_t last = text_.find_last_not_of(U" \n\t");
  if (last == std::u32string::npos) return std::nullopt;
  const std::size_t line = text_.rfind(U'\n', last);
  const std::size_t begin = line == std::u32string::npos ? 0 : line + 1;
  if (at(begin) != U'@') return std::nullopt;
  const std::size_t hash = text_.find(U" #", begin);
  if (hash == std::u32string::npos) return std::nullopt;
  std::size_t end = hash + 2;
  while (is_ascii_digit(at(end)) || is_ascii_letter(at(end)) || at(end) == U'-') ++end;
  const std::string code = ascii(hash + 2, end);
  return code.size() >= kShortestCode && code.size() <= kLongestCode + 2 ? std::optional(code) : std::nullopt;
}

}  // namespace

std::optional<std::string> find_one_time_code(std::string_view text) {
  const CodeReader reader(text);
  auto code = reader.autofill_code();
  return code ? code : reader.best_code();
}

}  // namespace apmcp::tools
