#include "base/redact.h"

#include <array>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "base/secret.h"

namespace {

constexpr std::array<std::string_view, 3> kPrefixes{"sk_live_", "sk_test_", "whsec_"};
constexpr std::array<std::string_view, 9> kGaps{" ",    "  ",           "\t",           "\r\n",         "\xC2\xA0",
                                                " \n ", "\xE2\x80\x8B", "\xEF\xBB\xBF", "\xE2\x80\x8D "};

/// `count` bytes of `pattern` over and over.
std::string repeated(std::string_view pattern, std::size_t count) {
  std::string text;
  text.reserve(count + pattern.size());
  while (text.size() < count) text += pattern;
  text.resize(count);
  return text;
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("a key with a gap anywhere in it is seen, whatever the gap") {
    constexpr std::string_view kTail = "0f1e2d3c4b5a69788796a5b4";
    for (const std::string_view prefix : kPrefixes) {
      const std::string key = std::string(prefix).append(kTail);
      for (const std::string_view gap : kGaps) {
        for (std::size_t at = 1; at < key.size(); ++at) {
          const std::string split = "take " + std::string(key).insert(at, gap) + " with you";
          CAPTURE(split);
          CHECK(apmcp::holds_secret(split));
        }
        std::string everywhere;
        for (const char c : key) everywhere.append(1, c).append(gap);
        CAPTURE(everywhere);
        CHECK(apmcp::holds_secret(everywhere));
      }
    }
  }

  TEST_CASE("megabytes that almost are keys take time in proportion to their length") {
    // Each took minutes with a scan that began anew at every prefix.
    constexpr std::size_t kBytes = std::size_t{1} << 20;
    for (const std::string_view pattern :
         {"sk_live_ ", "sk_live_", "sk_live_a ", "s k _ l i v e _ ", "sk_live _", "whsec_ sk_test_ ", "sk_live_\n",
          "sk_\xE2\x80\x8B", "________", "sk_live_abcdefg "}) {
      const std::string text = repeated(pattern, kBytes);
      CAPTURE(pattern);
      static_cast<void>(apmcp::holds_secret(text));
      CHECK(apmcp::scrub_secrets(text).size() <= text.size());
    }
    CHECK(apmcp::scrub_keys(repeated("sk_live_abcdefgh ", kBytes)).size() < kBytes);
  }

  TEST_CASE("keys and webhook secrets are seen, also when split to get past us") {
    for (const char* text :
         {"sk_live_abcdefgh", "key: sk_test_12345678.", "whsec_0123456789", "sk_live_\nabcdefgh",
          "sk_\xE2\x80\x8Blive_abcdefgh", "s k _ l i v e _ a b c d e f g h", "sk_l\xEF\xB8\x8Five_abcdefgh",
          "sk_live_abc\xEF\xBB\xBF"
          "defgh"}) {
      CHECK_MESSAGE(apmcp::holds_secret(text), std::string(text));
    }
  }

  TEST_CASE("prose about keys is not a key") {
    for (const char* text : {"Keys start with sk_live_ and then a random part follows.", "sk_live_short", "task_live_",
                             "ask Livia", "whsec_ is the prefix", "sk_live_ and then 24 characters follow it",
                             "sk_live_ or sk_test_ or whsec_ in front", "a key (sk_test_, sk_live_) is a secret",
                             "my task _live_ list", "sk_live_: see the dashboard at agentphone.to", ""}) {
      CHECK_MESSAGE(!apmcp::holds_secret(text), std::string(text));
    }
  }

  TEST_CASE("scrubbing leaves the rest as it was") {
    CHECK(apmcp::scrub_secrets("a sk_live_abcdefgh1 b whsec_abcdefgh2, c") == "a [redacted] b [redacted], c");
    CHECK(apmcp::scrub_secrets("sk_live_sk_test_abcdefghwhsec_abcdefgh.sk_live_short sk_test_abcdefgh") ==
          "[redacted].sk_live_short [redacted]");
    CHECK(apmcp::scrub_secrets("sk_live_sk_live_abcdefg") == "[redacted]");
    CHECK(apmcp::scrub_secrets("xsk_live_abcdefgh") == "x[redacted]");
    CHECK(apmcp::scrub_secrets("nothing here") == "nothing here");
  }

  TEST_CASE("the last look at what leaves takes out keys, and lets a webhook secret pass") {
    CHECK(apmcp::scrub_keys("sk_test_abcdefgh sk_live_abcdefgh whsec_abcdefgh") ==
          "[redacted] [redacted] whsec_abcdefgh");
  }

  TEST_CASE("numbers are masked for logs") {
    CHECK(apmcp::mask_number("+14155550123") == "+1******0123");
    CHECK(apmcp::mask_number("911") == "***");
  }

  TEST_CASE("control and direction characters are written out") {
    CHECK(apmcp::escape_controls("a\x1b[31m\r\nb\xE2\x80\xAE"
                                 "c\xE2\x80\xA8") == "a\\u001b[31m\\u000d\\u000ab\\u202ec\\u2028");
    CHECK(apmcp::escape_controls("Café 日本") == "Café 日本");
    CHECK(apmcp::escape_controls("\xE0\n\nx") == "\xE0\\u000a\\u000ax");  // a byte cut short hides no line end
  }

  TEST_CASE("a secret shows its prefix and its end, never its middle") {
    CHECK(apmcp::Secret("sk_live_0123456789abcdef").masked() == "sk_live_...cdef");
    CHECK(apmcp::Secret("whsec_0123456789abcdef").masked().find("0123") == std::string::npos);
    CHECK(apmcp::Secret("short").masked() == "***");
  }
}
