#include "sandbox/destinations.h"

#include <algorithm>
#include <array>

#include "sandbox/validation.h"

namespace apmcp::sandbox {
namespace {

constexpr std::array<std::string_view, 15> kBlocked = {"211", "311", "411", "511",        "611",
                                                       "711", "811", "911", "988",        "933",
                                                       "112", "999", "000", "8002738255", "8884283463"};

std::string without_separators(std::string_view text) {
  std::string bare;
  std::copy_if(text.begin(), text.end(), std::back_inserter(bare),
               [](char c) { return c != ' ' && c != '-' && c != '.' && c != '(' && c != ')'; });
  return bare;
}

}  // namespace

std::optional<std::string> normal_number(std::string_view text) {
  std::string bare = without_separators(text);
  if (bare.size() == 10 && bare[0] >= '2') bare.insert(0, "+1");
  if (bare.size() == 11 && bare[0] == '1') bare.insert(0, "+");
  if (!is_e164(bare)) return std::nullopt;
  return bare;
}

bool is_blocked(std::string_view text) {
  const std::string bare = without_separators(text);
  std::string_view digits = bare;
  if (!digits.empty() && digits[0] == '+') digits.remove_prefix(1);
  const auto listed = [](std::string_view number) {
    return std::find(kBlocked.begin(), kBlocked.end(), number) != kBlocked.end();
  };
  return listed(digits) || (!digits.empty() && digits[0] == '1' && listed(digits.substr(1)));
}

}  // namespace apmcp::sandbox
