#include "base/json_parse.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace apmcp {
namespace {

/// Room for members when the first one comes. Growing later copies every key.
constexpr std::size_t kFirstMembers = 4;

/// Builds the value while the text is within the limits; after the first fault it only looks for the root's "id".
class BoundedBuilder final : public nlohmann::json_sax<Json> {
 public:
  explicit BoundedBuilder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return scalar(nullptr); }

  bool boolean(bool value) override { return scalar(value); }

  bool number_integer(std::int64_t value) override {
    see_id(value);
    return scalar(value);
  }

  bool number_unsigned(std::uint64_t value) override {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      see_id(static_cast<std::int64_t>(value));
    }
    return scalar(value);
  }

  bool number_float(double value, const std::string& /*text*/) override { return scalar(value); }

  bool string(std::string& value) override {
    if (value.size() <= kMaxJsonIdBytes) see_id(value);
    if (value.size() > limits_.string_bytes) fault("a string is too long");
    return scalar(std::move(value));
  }

  bool binary(Json::binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*count*/) override { return open(Json::object()); }

  bool start_array(std::size_t /*count*/) override { return open(Json::array()); }

  bool end_object() override { return close(); }

  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    at_root_id_ = depth_ == 1 && name == "id";
    if (depth_ == 1 && (name == "result" || name == "error")) has_outcome_ = true;
    if (depth_ == 1 && name == "method") has_method_ = true;
    if (faulty_) return true;
    auto& members = stack_.back()->get_ref<Json::object_t&>();
    if (name.size() > limits_.key_bytes) return fault("an object key is too long");
    if (members.size() >= limits_.members) return fault("an object has too many members");
    if (members.find(name) != members.end()) return fault("an object has the same key twice");
    if (members.capacity() == 0) members.reserve(kFirstMembers);
    slot_ = &members.emplace_back(std::move(name), nullptr).second;
    return true;
  }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    broken_ = true;
    return false;
  }

  [[nodiscard]] bool broken() const { return broken_; }

  [[nodiscard]] bool faulty() const { return faulty_; }

  [[nodiscard]] const std::string& message() const { return message_; }

  /// The id of the sender's own message; `text` may have it at its end. Absent for a response.
  [[nodiscard]] std::optional<JsonId> id(std::string_view text = {}) const;

  [[nodiscard]] bool is_response() const { return has_outcome_ && !has_method_; }

  Json take() { return std::move(root_); }

  /// From here on only the id is of interest.
  void stop_building() { faulty_ = true; }

 private:
  bool fault(std::string_view what) {
    if (!faulty_) message_ = what;
    faulty_ = true;
    stack_.clear();
    return true;
  }

  template <typename T>
  void see_id(const T& value) {
    if (at_root_id_) id_ = value;
  }

  template <typename T>
  bool scalar(T&& value) {
    at_root_id_ = false;
    if (!faulty_) place(Json(std::forward<T>(value)));
    return true;
  }

  bool open(Json container) {
    at_root_id_ = false;
    ++depth_;
    if (faulty_) return true;
    if (depth_ > limits_.depth) return fault("arrays and objects are nested too deep");
    if (Json* placed = place(std::move(container))) stack_.push_back(placed);
    return true;
  }

  bool close() {
    --depth_;
    if (!faulty_) stack_.pop_back();
    return true;
  }

  Json* place(Json value) {
    if (++nodes_ > limits_.nodes) {
      fault("there are too many values");
      return nullptr;
    }
    if (stack_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (stack_.back()->is_array()) {
      stack_.back()->push_back(std::move(value));
      return &stack_.back()->back();
    }
    *slot_ = std::move(value);
    return slot_;
  }

  const JsonLimits& limits_;
  Json root_;
  // Open containers, outermost first. The pointers stay valid: a parent does not grow while its child is open.
  std::vector<Json*> stack_;
  Json* slot_ = nullptr;
  std::size_t depth_ = 0;
  std::size_t nodes_ = 0;
  bool at_root_id_ = false;
  bool has_outcome_ = false;  // "result" or "error"
  bool has_method_ = false;
  bool broken_ = false;
  bool faulty_ = false;
  std::string message_;
  std::optional<JsonId> id_;
};

std::string_view trim_right(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

/// Takes `token` off the end of `text`, then white space.
bool take_back(std::string_view& text, std::string_view token) {
  if (!text.ends_with(token)) return false;
  text = trim_right(text.substr(0, text.size() - token.size()));
  return true;
}

std::optional<JsonId> take_back_id(std::string_view& text) {
  if (take_back(text, "\"")) {
    const std::size_t open = text.rfind('"');
    if (open == std::string_view::npos) return std::nullopt;
    const std::string_view id = text.substr(open + 1);
    if (id.size() > kMaxJsonIdBytes || id.find('\\') != std::string_view::npos) return std::nullopt;
    text = trim_right(text.substr(0, open));
    return JsonId(std::string(id));
  }
  const std::size_t before = text.find_last_not_of("0123456789");
  const std::size_t first = before == std::string_view::npos ? 0 : before + 1;
  const std::string digits(text.substr(first));
  if (digits.empty() || digits.size() > 18) return std::nullopt;
  std::int64_t number = std::strtoll(digits.c_str(), nullptr, 10);
  text = text.substr(0, first);
  if (text.ends_with('-')) {
    number = -number;
    text.remove_suffix(1);
  }
  text = trim_right(text);
  return JsonId(number);
}

/// The id when it is the last member of the root object, as several clients write it: `..., "id": 7}`.
std::optional<JsonId> id_at_end(std::string_view text) {
  text = trim_right(text);
  if (!take_back(text, "}")) return std::nullopt;
  std::optional<JsonId> id = take_back_id(text);
  if (!id || !take_back(text, ":") || !take_back(text, "\"id\"")) return std::nullopt;
  return text.ends_with(',') || text.ends_with('{') ? id : std::nullopt;
}

std::optional<JsonId> BoundedBuilder::id(std::string_view text) const {
  if (has_outcome_) return std::nullopt;
  return id_ ? id_ : id_at_end(text);
}

}  // namespace

JsonLimits upstream_json_limits() {
  return {.bytes = std::size_t{8} << 20, .nodes = 500'000, .string_bytes = std::size_t{4} << 20, .members = 2'000};
}

std::variant<ParsedJson, JsonFailure> parse_json_detailed(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    constexpr std::size_t kEnd = 1024;
    return inspect_cut_json(text.substr(0, limits.bytes), text.substr(text.size() - std::min(text.size(), kEnd)),
                            "the text is too long");
  }
  BoundedBuilder builder(limits);
  const bool complete = Json::sax_parse(text, &builder);
  if (complete && !builder.faulty()) return ParsedJson{builder.take()};
  JsonFailure failure{.is_limit = builder.faulty(),
                      .message = builder.message(),
                      .id = builder.id(builder.broken() ? text : ""),
                      .is_response = builder.is_response()};
  if (!builder.faulty()) failure.message = "the text is not valid JSON";
  return failure;
}

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  auto parsed = parse_json_detailed(text, limits);
  if (auto* good = std::get_if<ParsedJson>(&parsed)) return std::move(good->value);
  return Error{.code = ErrorCode::kParse, .message = std::move(std::get<JsonFailure>(parsed).message)};
}

JsonFailure inspect_cut_json(std::string_view head, std::string_view tail, std::string message) {
  const JsonLimits limits;
  BoundedBuilder builder(limits);
  builder.stop_building();
  static_cast<void>(Json::sax_parse(head, &builder));
  return {
      .is_limit = true, .message = std::move(message), .id = builder.id(tail), .is_response = builder.is_response()};
}

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace apmcp
