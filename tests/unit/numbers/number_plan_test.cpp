#include <algorithm>
#include <array>
#include <list>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>

#include "numbers/libphonenumber_plan.h"
#include "numbers/written_number.h"

namespace {

using apmcp::ErrorCode;
using apmcp::numbers::is_listed_emergency;
using apmcp::numbers::make_libphonenumber_plan;
using apmcp::numbers::NumberKind;
using apmcp::numbers::NumberPlan;
using i18n::phonenumbers::PhoneNumberUtil;
using i18n::phonenumbers::ShortNumberInfo;

const NumberPlan& plan() {
  static const auto shared = make_libphonenumber_plan();
  return *shared;
}

struct Written {
  std::string_view text;
  std::string_view e164;
  bool was_national;
};

// The ways people write numbers, and what is dialled.
constexpr std::array<Written, 40> kOrdinary{{
    {"+14155550123", "+14155550123", false},
    {"+1 415 555 0123", "+14155550123", false},
    {"+1 (415) 555-0123", "+14155550123", false},
    {"+1-415-555-0123", "+14155550123", false},
    {"+1.415.555.0123", "+14155550123", false},
    {"(+1) 415 555 0123", "+14155550123", false},
    {" +14155550123 ", "+14155550123", false},
    {"tel:+1-415-555-0123", "+14155550123", false},
    {"(415) 555-0123", "+14155550123", true},
    {"(415)555-0123", "+14155550123", true},
    {"415-555-0123", "+14155550123", true},
    {"415.555.0123", "+14155550123", true},
    {"415 555 0123", "+14155550123", true},
    {"4155550123", "+14155550123", true},
    {"14155550123", "+14155550123", true},
    {"1 415 555 0123", "+14155550123", true},
    {"1-415-555-0123", "+14155550123", true},
    {"1 (415) 555-0123", "+14155550123", true},
    {"\xEF\xBC\x8B\xEF\xBC\x91\xEF\xBC\x94\xEF\xBC\x91\xEF\xBC\x95"
     "5550123",
     "+14155550123", false},
    {"\xEF\xBC\x94\xEF\xBC\x91\xEF\xBC\x95"
     "-555-0123",
     "+14155550123", true},
    {"415\xE2\x80\x91"
     "555\xE2\x80\x93"
     "0123",
     "+14155550123", true},
    {"415\xC2\xA0"
     "555\xC2\xA0"
     "0123",
     "+14155550123", true},
    // Fictional numbers are the people of the sandbox.
    {"+14155550100", "+14155550100", false},
    {"+14155550101", "+14155550101", false},
    {"+14155550112", "+14155550112", false},
    {"+14155550199", "+14155550199", false},
    {"+12125550142", "+12125550142", false},
    {"+16045550188", "+16045550188", false},
    // Numbers of the brief, some of which no exchange has.
    {"+14155559999", "+14155559999", false},
    {"+14155551234", "+14155551234", false},
    {"+16502530000", "+16502530000", false},
    {"+18005550199", "+18005550199", false},
    // Other countries: whether they may be reached is not decided here.
    {"+442079460018", "+442079460018", false},
    {"+44 20 7946 0018", "+442079460018", false},
    {"+44 7700 900123", "+447700900123", false},
    {"+4930901820", "+4930901820", false},
    {"+33 1 42 68 53 00", "+33142685300", false},
    {"+61 2 9374 4000", "+61293744000", false},
    {"+81 3 6384 9000", "+81363849000", false},
    {"+12684601234", "+12684601234", false},
}};

constexpr std::array<std::string_view, 62> kEmergency{

    "911",
    "9-1-1",
    "9 1 1",
    "9.1.1",
    "(911)",
    "+911",
    "+1911",
    "1911",
    "1-911",
    "+1 911",
    "+1-9-1-1",
    " 911 ",
    "911!",
    "911 please",
    "tel:911",
    "+ 911",
    "211",
    "311",
    "411",
    "511",
    "611",
    "711",
    "811",
    "+211",
    "+1211",
    "1311",
    "+1411",
    "+1 511",
    "+611",
    "+1711",
    "1-811",
    "988",
    "9-8-8",
    "+988",
    "+1988",
    "1988",
    "933",
    "+1933",
    "112",
    "+112",
    "999",
    "+999",
    "000",
    "+18002738255",
    "18002738255",
    "8002738255",
    "1-800-273-8255",
    "(800) 273-8255",
    "+44999",
    "+44 112",
    "+61000",
    "+49112",
    "+49110",
    "+44116123",
    "110",
    "119",
    "+19115550123",
    "911-555-0123",
    "01144999",
    "\xEF\xBC\x99\xEF\xBC\x91\xEF\xBC\x91",
    "+1 (911)",
    "116123",
};

constexpr std::array<std::string_view, 7> kPremium{"+19005550123", "900-555-0123",  "19002345678", "+12129761234",
                                                   "212-976-1234", "+449098790879", "+12139760000"};

struct Refused {
  std::string_view text;
  std::string_view says;
};

constexpr std::array<Refused, 34> kRefused{{
    {"", "no digits"},
    {"   ", "no digits"},
    {"+", "no digits"},
    {"call me", "letters"},
    {"1-800-FLOWERS", "letters"},
    {"415-555-HELP", "letters"},
    {"+1 415 555 O123", "letters"},
    {"415-555-0123 x5", "extension"},
    {"415-555-0123 ext. 5", "extension"},
    {"415-555-0123 EXT 5", "extension"},
    {"+14155550123;ext=5", "extension"},
    {"+14155550123,,5", "extension"},
    {"+14155550123#5", "extension"},
    {"+1+4155550123", "'+'"},
    {"415+5550123", "'+'"},
    {"++14155550123", "'+'"},
    {"415*5550123", "character"},
    {"+1415555012\x01", "character"},
    {"415/555/0123", "character"},
    {"jane@example.com", "letters"},
    {"5550123", "area code"},
    {"555-0123", "area code"},
    {"+1555012", "no possible"},
    {"+1415555012", "no possible"},
    {"+141555501234", "no possible"},
    {"447911123456", "other countries"},
    {"+10155550123", "no possible"},
    {"+11155550123", "no possible"},
    {"+12115550123", "no possible"},
    {"+14159110123", "no possible"},
    {"+14150550123", "no possible"},
    {"+12995550123", "no possible"},
    {"+99912345678", "no possible"},
    {"+1415555012341555501234155550123415555012341555501234155550123415555", "too long"},
}};

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("numbers as people write them become E.164") {
    for (const Written& row : kOrdinary) {
      CAPTURE(row.text);
      const auto dialed = plan().parse(row.text);
      REQUIRE(dialed.ok());
      CHECK(dialed->e164 == row.e164);
      CHECK(dialed->kind == NumberKind::kOrdinary);
      CHECK(dialed->was_national == row.was_national);
    }
  }

  TEST_CASE("emergency, N11 and crisis lines are recognised however they are written") {
    for (const std::string_view text : kEmergency) {
      CAPTURE(text);
      const auto dialed = plan().parse(text);
      REQUIRE(dialed.ok());
      CHECK(dialed->kind == NumberKind::kEmergency);
      CHECK(dialed->e164.empty());
    }
  }

  TEST_CASE("the blocked lines of the brief are known without any library") {
    for (const std::string_view digits :
         {"911", "1911", "211", "1811", "988", "1988", "933", "112", "999", "000", "18002738255", "8002738255"}) {
      CAPTURE(digits);
      CHECK(is_listed_emergency(digits));
    }
    for (const std::string_view digits : {"", "1", "11", "111", "912", "9110", "14155550123", "987"}) {
      CAPTURE(digits);
      CHECK_FALSE(is_listed_emergency(digits));
    }
  }

  TEST_CASE("no area code that can be assigned is mistaken for an emergency prefix") {
    for (int npa = 200; npa <= 989; ++npa) {
      const bool is_n11 = npa % 100 == 11;
      const bool is_n9x = npa / 10 % 10 == 9;
      if (is_n11 || is_n9x) continue;
      CAPTURE(npa);
      const auto dialed = plan().parse("+1" + std::to_string(npa) + "5550123");
      if (dialed.ok()) CHECK(dialed->kind == (npa == 900 ? NumberKind::kPremium : NumberKind::kOrdinary));
    }
  }

  TEST_CASE("premium-rate lines are told apart") {
    for (const std::string_view text : kPremium) {
      CAPTURE(text);
      const auto dialed = plan().parse(text);
      REQUIRE(dialed.ok());
      CHECK(dialed->kind == NumberKind::kPremium);
    }
  }

  TEST_CASE("short numbers that are no emergency stay short codes without an E.164 form") {
    for (const std::string_view text : {"12345", "741741", "22395", "4636", "2-2-3-9-5"}) {
      CAPTURE(text);
      const auto dialed = plan().parse(text);
      REQUIRE(dialed.ok());
      CHECK(dialed->kind == NumberKind::kShortCode);
      CHECK(dialed->e164.empty());
    }
  }

  TEST_CASE("what is no phone number is refused with the reason and a good example") {
    for (const Refused& row : kRefused) {
      CAPTURE(row.text);
      const auto dialed = plan().parse(row.text);
      REQUIRE_FALSE(dialed.ok());
      CHECK(dialed.error().code == ErrorCode::kBadArguments);
      CHECK_MESSAGE(dialed.error().message.find(row.says) != std::string::npos, dialed.error().message);
      CHECK(dialed.error().message.find("+14155550123") != std::string::npos);
    }
  }

  TEST_CASE("behind every country code the same numbers are emergency lines as when every region is asked") {
    const auto& util = *PhoneNumberUtil::GetInstance();
    const ShortNumberInfo short_numbers;
    std::set<int> codes;
    util.GetSupportedCallingCodes(&codes);
    // The emergency numbers there are, some that are none, and each with more digits behind it.
    for (const std::string number : {"112", "911", "999", "000", "110", "113", "118", "190", "117", "10111", "10177",
                                     "90000", "104", "123", "1011", "12345", "4155550123", "20794600"}) {
      for (const std::string_view more : {"", "0", "12", "1234", "5550123"}) {
        const std::string national = number + std::string(more);
        for (const int code : codes) {
          std::list<std::string> regions;
          util.GetRegionCodesForCountryCallingCode(code, &regions);
          const bool is_emergency = std::any_of(regions.begin(), regions.end(), [&](const std::string& region) {
            return short_numbers.IsEmergencyNumber(national, region);
          });
          if (!is_emergency) continue;
          CAPTURE(code);
          CAPTURE(national);
          const auto dialed = plan().parse("+" + std::to_string(code) + national);
          REQUIRE(dialed.ok());
          CHECK(dialed->kind == NumberKind::kEmergency);
        }
      }
    }
  }

  TEST_CASE("no region has an emergency number longer than the lines that are looked up") {
    const auto& util = *PhoneNumberUtil::GetInstance();
    const ShortNumberInfo short_numbers;
    std::set<std::string> all;
    util.GetSupportedRegions(&all);
    for (const std::string& region : all) {
      for (const std::string_view number : {"112", "911", "999", "000", "110", "113", "118", "190", "10111", "90000"}) {
        for (const std::string_view more : {"0000", "1234", "55501", "5550123"}) {
          const std::string longer = std::string(number) + std::string(more);
          CAPTURE(region);
          CAPTURE(longer);
          CHECK_FALSE(short_numbers.IsEmergencyNumber(longer, region));
        }
      }
    }
  }

  TEST_CASE("a number is read the same the second time, and after more numbers than are remembered") {
    const auto fresh = make_libphonenumber_plan();
    for (int round = 0; round < 3; ++round) {
      for (const Written& row : kOrdinary) {
        CAPTURE(row.text);
        const auto dialed = fresh->parse(row.text);
        REQUIRE(dialed.ok());
        CHECK(dialed->e164 == row.e164);
        CHECK(dialed->was_national == row.was_national);
      }
      for (const std::string_view text : kEmergency) CHECK(fresh->parse(text)->kind == NumberKind::kEmergency);
      for (const std::string_view text : kPremium) CHECK(fresh->parse(text)->kind == NumberKind::kPremium);
      for (const Refused& row : kRefused) CHECK_FALSE(fresh->parse(row.text).ok());
      for (int repeat = 0; repeat < 2; ++repeat) CHECK(fresh->parse("911")->kind == NumberKind::kEmergency);
    }
  }

  TEST_CASE("a plan is shared by threads from its first number on") {
    const auto fresh = make_libphonenumber_plan();
    std::array<bool, 4> right{};
    {
      std::vector<std::jthread> threads;
      threads.reserve(right.size());
      for (bool& slot : right) {
        threads.emplace_back([&] {
          const auto dialed = fresh->parse("(415) 555-0123");
          slot = dialed.ok() && dialed->e164 == "+14155550123";
        });
      }
    }
    for (const bool ok : right) CHECK(ok);
  }
}
