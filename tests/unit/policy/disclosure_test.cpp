#include "policy/disclosure.h"

#include <string>

#include <doctest/doctest.h>

using apmcp::policy::Disclosure;

TEST_SUITE("unit") {
  TEST_CASE("the standard disclosure leads the greeting and says that an AI is calling") {
    const auto spoken = Disclosure::standard().lead("Hi, could I book a manicure?");
    REQUIRE(spoken);
    CHECK(spoken->find("AI") < spoken->find("manicure"));
    CHECK(spoken->ends_with(" Hi, could I book a manicure?"));
  }

  TEST_CASE("without a greeting the disclosure is spoken alone, also when silence was asked for") {
    const auto standard = Disclosure::standard();
    REQUIRE(standard.lead(std::nullopt));
    CHECK(standard.lead(std::nullopt) == standard.lead(""));
    CHECK(standard.lead(std::nullopt) == standard.lead("  \n"));
    CHECK(standard.lead(std::nullopt)->ends_with("."));
  }

  TEST_CASE("a greeting that already begins with the disclosure is not given it twice") {
    const auto standard = Disclosure::standard();
    const auto once = standard.lead("Is Sam there?");
    CHECK(standard.lead(once) == once);
  }

  TEST_CASE("the operator's own sentence takes the place of the standard one") {
    CHECK(Disclosure::text("  This is Robo.  ").lead("Hello.") == "This is Robo. Hello.");
  }

  TEST_CASE("switched off, the greeting is left as it is") {
    CHECK(Disclosure::off().lead("Hello.") == "Hello.");
    CHECK(Disclosure::off().lead("") == "");
    CHECK_FALSE(Disclosure::off().lead(std::nullopt));
    CHECK_FALSE(Disclosure::text(" ").lead(std::nullopt));
  }
}
