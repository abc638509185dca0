#include "tools/opt_out.h"

#include <string_view>

#include <doctest/doctest.h>

namespace apmcp::tools {
namespace {

TEST_SUITE("unit") {
  TEST_CASE("people who do not want to be called again are understood") {
    for (const std::string_view said : {"Please do not call this number again.",
                                        "Don't call me again!",
                                        "dont call me anymore",
                                        "Do not call me.",
                                        "Don\xE2\x80\x99t ever... just do not call here again.",
                                        "No. Do not contact us any more, please.",
                                        "Never call me again.",
                                        "Stop calling me.",
                                        "I told you, stop calling.",
                                        "Would you please stop texting me?",
                                        "Take me off your list. Goodbye.",
                                        "Take us off of your calling list",
                                        "Remove my number from your list.",
                                        "Please remove me from your database.",
                                        "Delete my number, please.",
                                        "Lose my number.",
                                        "Put me on your do not call list.",
                                        "I do not want any of these calls anymore.",
                                        "I want to opt out.",
                                        "Opt me out.",
                                        "Unsubscribe me.",
                                        "No more calls, please.",
                                        "Don't phone my house again.",
                                        "No me llame m\xC3\xA1s.",
                                        "Por favor, no me vuelva a llamar.",
                                        "Ne m'appelez plus !",
                                        "Rufen Sie mich bitte nicht mehr an."}) {
      CAPTURE(said);
      CHECK(asks_not_to_be_called(said));
    }
  }

  TEST_CASE("sentences that only sound like it are no such wish") {
    for (const std::string_view said : {"",
                                        "Don't call me before nine.",
                                        "Do not call me Bob.",
                                        "Do not call me at work, call my mobile.",
                                        "If you do not call me again by five, I will sell it.",
                                        "Why don't you call me tomorrow?",
                                        "They never call me back.",
                                        "He told them to stop calling me.",
                                        "Did they stop calling you?",
                                        "Please call me again.",
                                        "Do not hesitate to call me.",
                                        "Can you take me off hold?",
                                        "Take me off speaker, please.",
                                        "Put me on the list for 2 pm.",
                                        "Remove the polish first, please.",
                                        "I do not want the earlier slot.",
                                        "We get no more than ten calls a day.",
                                        "Stop by at four.",
                                        "You did not call me.",
                                        "I can't call you today.",
                                        "Do not text while driving.",
                                        "We are not calling it a day."}) {
      CAPTURE(said);
      CHECK_FALSE(asks_not_to_be_called(said));
    }
  }
}

}  // namespace
}  // namespace apmcp::tools
