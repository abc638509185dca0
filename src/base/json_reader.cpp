#include "base/json_reader.h"

#include <cmath>
#include <limits>

namespace apmcp {
namespace {

std::optional<std::int64_t> as_int64(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it a double no longer names one integer
    if (std::trunc(number) == number && std::abs(number) <= kExact) return static_cast<std::int64_t>(number);
  }
  return std::nullopt;
}

}  // namespace

JsonReader::JsonReader(const Json& value, std::string_view path) : value_(value), path_(path) {
  if (!value_.is_object()) mistake_ = path_ + " must be an object";
}

const Json* JsonReader::find(std::string_view key) const {
  if (!value_.is_object()) return nullptr;
  const auto found = value_.find(key);
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

void JsonReader::mistake(std::string_view key, std::string_view expected) {
  if (failed()) return;
  mistake_ = path_ + "." + std::string(key) + " must be " + std::string(expected);
}

std::string JsonReader::str(std::string_view key) {
  auto text = opt_str(key);
  if (!text) mistake(key, "a string");
  return text ? *std::move(text) : std::string();
}

std::int64_t JsonReader::integer(std::string_view key) {
  const auto number = opt_integer(key);
  if (!number) mistake(key, "an integer");
  return number.value_or(0);
}

bool JsonReader::boolean(std::string_view key) {
  const auto flag = opt_boolean(key);
  if (!flag) mistake(key, "true or false");
  return flag.value_or(false);
}

std::optional<std::string> JsonReader::opt_str(std::string_view key) {
  const Json* found = find(key);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return found->get_ref<const std::string&>();
}

std::optional<std::int64_t> JsonReader::opt_integer(std::string_view key) {
  const Json* found = find(key);
  return found == nullptr ? std::nullopt : as_int64(*found);
}

std::optional<double> JsonReader::opt_number(std::string_view key) {
  const Json* found = find(key);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

std::optional<bool> JsonReader::opt_boolean(std::string_view key) {
  const Json* found = find(key);
  if (found == nullptr || !found->is_boolean()) return std::nullopt;
  return found->get<bool>();
}

std::vector<std::string> JsonReader::strings(std::string_view key) {
  std::vector<std::string> items;
  if (const Json* list = array(key)) {
    for (const Json& item : *list) {
      if (item.is_string()) items.push_back(item.get<std::string>());
    }
  }
  return items;
}

const Json* JsonReader::array(std::string_view key) const {
  const Json* found = find(key);
  return found != nullptr && found->is_array() ? found : nullptr;
}

const Json* JsonReader::object(std::string_view key) const {
  const Json* found = find(key);
  return found != nullptr && found->is_object() ? found : nullptr;
}

Error JsonReader::error(ErrorCode code) const {
  return {.code = code, .message = mistake_};
}

}  // namespace apmcp
