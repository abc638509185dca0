#include "seal/hmac_state_seal.h"

#include <doctest/doctest.h>

using apmcp::ErrorCode;
using apmcp::Secret;
using apmcp::seal::HmacStateSeal;
using apmcp::seal::SealKey;

namespace {

SealKey key(const std::string& id, char fill, std::size_t bytes = 32) {
  return {.id = id, .key = Secret(std::string(bytes, fill))};
}

template <typename... Keys>
auto with(Keys... keys) {
  std::vector<SealKey> all;
  (all.push_back(std::move(keys)), ...);
  return HmacStateSeal::with_keys(std::move(all));
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("what was sealed is opened for the same purpose, and for no other") {
    const auto seal = HmacStateSeal::with_random_key();
    REQUIRE(seal);
    const std::string payload("any bytes \0 at all", 18);
    const auto sealed = (*seal)->seal(payload, "purpose");
    REQUIRE(sealed);
    const auto opened = (*seal)->open(*sealed, "purpose");
    REQUIRE(opened);
    CHECK(*opened == payload);
    for (const char* other : {"", "Purpose", "purpose "}) {
      CHECK((*seal)->open(*sealed, other).error().code == ErrorCode::kInvalidParams);
    }
  }

  TEST_CASE("no change anywhere goes unnoticed") {
    const auto seal = with(key("a", 'k'));
    REQUIRE(seal);
    const std::string sealed = *(*seal)->seal(R"({"round":1})", "p");
    CHECK(sealed.starts_with("v1.a.eyJyb3VuZCI6MX0=."));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      std::string changed = sealed;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      CHECK_FALSE((*seal)->open(changed, "p"));
      CHECK_FALSE((*seal)->open(sealed.substr(0, i), "p"));
    }
    for (const char* more : {"A", "=", ".", "-TAMPERED"}) CHECK_FALSE((*seal)->open(sealed + more, "p"));
  }

  TEST_CASE("processes with the same keys know each other's seals, and an old key counts until it is taken away") {
    const auto old_one = with(key("old", '1'));
    const auto both = with(key("new", '2'), key("old", '1'));
    const auto new_one = with(key("new", '2'));
    const auto impostor = with(key("new", '3'));
    const std::string sealed = *(*old_one)->seal("x", "p");
    CHECK((*both)->open(sealed, "p"));
    CHECK_FALSE((*new_one)->open(sealed, "p"));
    const std::string newer = *(*both)->seal("x", "p");
    CHECK((*new_one)->open(newer, "p"));
    CHECK_FALSE((*impostor)->open(newer, "p"));
    CHECK_FALSE((*HmacStateSeal::with_random_key())->open(newer, "p"));
  }

  TEST_CASE("keys on lines have the same ids in every process, and say nothing of the keys") {
    const std::string a(64, 'a');
    const std::string b(64, 'b');
    const auto lines = [](const std::string& text) { return HmacStateSeal::with_key_lines(Secret(text)); };
    const auto one = lines(a);
    const auto both = lines(b + "\r\n\n" + a + "\n");
    REQUIRE(one);
    REQUIRE(both);
    const std::string sealed = *(*one)->seal("x", "p");
    CHECK(sealed.find("aaaa") == std::string::npos);
    CHECK((*both)->open(sealed, "p"));
    CHECK_MESSAGE(!(*one)->open(*(*both)->seal("x", "p"), "p"), "the first line seals");
    for (const std::string& bad : {std::string(), std::string("\n"), a + "\nshort", a + "\n" + a})
      CHECK_FALSE(lines(bad));
  }

  TEST_CASE("weak or ambiguous keys are refused") {
    CHECK(HmacStateSeal::with_keys({}).error().code == ErrorCode::kBadArguments);
    CHECK_FALSE(with(key("short", 'k', 31)));
    CHECK_FALSE(with(key("", 'k')));
    CHECK_FALSE(with(key("with.stop", 'k')));
    CHECK_FALSE(with(key("a", 'k'), key("a", 'l')));
  }
}
