#include "numbers/libphonenumber_plan.h"

#include <algorithm>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>

#include "numbers/written_number.h"

namespace apmcp::numbers {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using i18n::phonenumbers::ShortNumberInfo;

constexpr std::string_view kExample = "+14155550123";
constexpr int kNorthAmerica = 1;
constexpr std::size_t kNationalDigits = 10;  // NPA-NXX-XXXX
constexpr std::size_t kLongestShortNumber = 6;

Error bad(std::string_view why) {
  return {.code = ErrorCode::kBadArguments,
          .message = std::string(why) + ". Expected E.164, such as \"" + std::string(kExample) + "\".",
          .next_step = "Ask the person for the full number and write it as \"+\", country code and number.",
          .data = {{"example", kExample}}};
}

std::string_view explain(WrittenNumber::Fault fault) {
  switch (fault) {
    case WrittenNumber::Fault::kNone: return "";
    case WrittenNumber::Fault::kEmpty: return "holds no digits";
    case WrittenNumber::Fault::kTooLong: return "is too long for a phone number";
    case WrittenNumber::Fault::kLetters: return "holds letters, which may be a word spelled on a keypad: write digits";
    case WrittenNumber::Fault::kExtension: return "has an extension, which cannot be dialled: leave it out";
    case WrittenNumber::Fault::kStrayPlus: return "has a '+' that is not at its beginning";
    case WrittenNumber::Fault::kStrayCharacter: return "holds a character that belongs to no phone number";
  }
  return "is no phone number";
}

/// NPA and NXX of a +1 number: neither may start with 0 or 1 nor be an N11 code, and N9X is not assigned as an NPA.
bool is_plausible_nanp(std::string_view national) {
  if (national.size() != kNationalDigits) return false;
  const auto is_n11 = [](std::string_view code) { return code[1] == '1' && code[2] == '1'; };
  const std::string_view npa = national.substr(0, 3);
  const std::string_view nxx = national.substr(3, 3);
  return npa[0] >= '2' && npa[1] != '9' && !is_n11(npa) && nxx[0] >= '2' && !is_n11(nxx);
}

bool is_nanp_premium(std::string_view national) {
  return national.substr(0, 3) == "900" || national.substr(3, 3) == "976";
}

/// The library proper. Made once, on the first number that is not decided by the written digits alone.
class Library {
 public:
  Library() : util_(*PhoneNumberUtil::GetInstance()) { util_.GetSupportedRegions(&regions_); }

  /// An emergency number of any region, for texts as short as those are.
  [[nodiscard]] bool is_emergency_anywhere(const std::string& digits) const {
    return digits.size() <= kLongestShortNumber &&
           std::any_of(regions_.begin(), regions_.end(),
                       [&](const std::string& region) { return short_.IsEmergencyNumber(digits, region); });
  }

  /// "+44999": the country code and then an emergency number of one of its countries. Only a national part of at most
  /// kLongestShortNumber digits is looked up, so that a full number costs one question and not one for each region.
  [[nodiscard]] bool is_emergency_abroad(const std::string& digits) const {
    const std::size_t shortest_code = digits.size() > kLongestShortNumber ? digits.size() - kLongestShortNumber : 1;
    for (std::size_t length = shortest_code; length <= 3 && length < digits.size(); ++length) {
      std::list<std::string> regions;
      util_.GetRegionCodesForCountryCallingCode(std::stoi(digits.substr(0, length)), &regions);
      const std::string national = digits.substr(length);
      const bool found = std::any_of(regions.begin(), regions.end(), [&](const std::string& region) {
        return short_.IsEmergencyNumber(national, region);
      });
      if (found || is_crisis_line_abroad(national)) return true;
    }
    // A network would connect "+1 911 555 0123" at its third digit. Only for the US: on islands that share the +1,
    // emergency numbers such as 919 are ordinary area codes elsewhere.
    return digits.starts_with('1') && short_.ConnectsToEmergencyNumber(digits.substr(1), "US");
  }

  /// Absent when it is no possible number; `text` is '+' and digits, or digits as dialled in the US.
  [[nodiscard]] bool parse(const std::string& text, PhoneNumber& number) const {
    return util_.Parse(text, "US", &number) == PhoneNumberUtil::NO_PARSING_ERROR &&
           util_.IsPossibleNumberWithReason(number) == PhoneNumberUtil::IS_POSSIBLE;
  }

  [[nodiscard]] std::string national(const PhoneNumber& number) const {
    std::string digits;
    util_.GetNationalSignificantNumber(number, &digits);
    return digits;
  }

  [[nodiscard]] std::string e164(const PhoneNumber& number) const {
    std::string text;
    util_.Format(number, PhoneNumberUtil::E164, &text);
    return text;
  }

  [[nodiscard]] bool is_premium(const PhoneNumber& number) const {
    return util_.GetNumberType(number) == PhoneNumberUtil::PREMIUM_RATE;
  }

 private:
  static bool is_crisis_line_abroad(std::string_view national) { return national == "116123" || national == "116111"; }

  const PhoneNumberUtil& util_;
  const ShortNumberInfo short_;
  std::set<std::string> regions_;
};

/// The numbers parsed last, by their text: an agent texts and calls the same few. Thread-safe.
class RecentNumbers {
 public:
  [[nodiscard]] std::optional<DialedNumber> find(std::string_view text) {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.text == text; });
    if (found == entries_.end()) return std::nullopt;
    std::rotate(entries_.begin(), found, found + 1);
    return entries_.front().number;
  }

  void keep(std::string_view text, const DialedNumber& number) {
    const std::lock_guard lock(mutex_);
    if (entries_.size() == kCapacity) entries_.pop_back();
    entries_.insert(entries_.begin(), {std::string(text), number});
  }

 private:
  static constexpr std::size_t kCapacity = 32;

  struct Entry {
    std::string text;
    DialedNumber number;
  };

  std::mutex mutex_;
  std::vector<Entry> entries_;  // guarded by mutex_; the most recently used first
};

class LibphonenumberPlan final : public NumberPlan {
 public:
  [[nodiscard]] Result<DialedNumber> parse(std::string_view text) const override {
    if (auto known = recent_.find(text)) return *std::move(known);
    auto dialed = classify(text);
    if (dialed) recent_.keep(text, *dialed);  // a number has at most 64 bytes, so an entry is small
    return dialed;
  }

 private:
  [[nodiscard]] Result<DialedNumber> classify(std::string_view text) const {
    const WrittenNumber written = read_written_number(text);
    // Before anything else, faults included: "911 please" is answered as what it is.
    if (is_listed_emergency(written.digits)) return DialedNumber{.kind = NumberKind::kEmergency};
    if (written.fault != WrittenNumber::Fault::kNone) return bad(explain(written.fault));
    const Library& library = this->library();
    if (library.is_emergency_anywhere(written.digits)) return DialedNumber{.kind = NumberKind::kEmergency};
    if (written.has_plus) {
      if (library.is_emergency_abroad(written.digits)) return DialedNumber{.kind = NumberKind::kEmergency};
    } else if (written.digits.size() <= kLongestShortNumber) {
      return DialedNumber{.kind = NumberKind::kShortCode, .was_national = true};
    } else if (library.is_emergency_abroad(with_country(written.digits))) {
      return DialedNumber{.kind = NumberKind::kEmergency};
    }
    return parse_full(library, written);
  }

  /// Digits as dialled in the US with the country code in front: national, with the 1, or behind 011.
  static std::string with_country(const std::string& digits) {
    constexpr std::string_view kInternationalPrefix = "011";
    if (digits.starts_with(kInternationalPrefix)) return digits.substr(kInternationalPrefix.size());
    return digits.starts_with('1') ? digits : "1" + digits;
  }

  static Result<DialedNumber> parse_full(const Library& library, const WrittenNumber& written) {
    PhoneNumber number;
    if (!library.parse((written.has_plus ? "+" : "") + written.digits, number)) {
      return bad(written.has_plus ? "is no possible number of that country"
                                  : "is no possible US or Canadian number; those have an area code and ten digits, and "
                                    "numbers of other countries start with '+'");
    }
    const std::string national = library.national(number);
    const bool is_nanp = number.country_code() == kNorthAmerica;
    if (is_nanp && !is_plausible_nanp(national)) {
      return bad("is no possible US or Canadian number: the area code or the exchange behind it does not exist");
    }
    DialedNumber dialed{.e164 = library.e164(number), .was_national = is_nanp && !written.has_plus};
    if (library.is_premium(number) || (is_nanp && is_nanp_premium(national))) dialed.kind = NumberKind::kPremium;
    return dialed;
  }

  const Library& library() const {
    std::call_once(made_, [this] { library_ = std::make_unique<Library>(); });
    return *library_;
  }

  mutable RecentNumbers recent_;
  mutable std::once_flag made_;
  mutable std::unique_ptr<const Library> library_;  // set once, under made_
};

}  // namespace

std::unique_ptr<NumberPlan> make_libphonenumber_plan() {
  return std::make_unique<LibphonenumberPlan>();
}

}  // namespace apmcp::numbers
