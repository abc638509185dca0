#include "base/redact.h"

#include <doctest/doctest.h>

#include "base/secret.h"

TEST_SUITE("unit") {
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
                             "ask Livia", "whsec_ is the prefix", ""}) {
      CHECK_MESSAGE(!apmcp::holds_secret(text), std::string(text));
    }
  }

  TEST_CASE("scrubbing leaves the rest as it was") {
    CHECK(apmcp::scrub_secrets("a sk_live_abcdefgh1 b whsec_abcdefgh2, c") == "a [redacted] b [redacted], c");
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
