#include "sandbox/control.h"

#include <algorithm>
#include <array>

#include "base/json_parse.h"
#include "base/json_reader.h"

namespace apmcp::sandbox {
namespace {

constexpr std::array<std::string_view, 2> kCuts = {"before", "after"};

constexpr std::array<FieldRule, 4> kTextRules = {{
    {.name = "from", .required = true, .min = 1},
    {.name = "to", .required = true, .fits = is_e164, .pattern = "^\\+[1-9]\\d{1,14}$"},
    {.name = "body", .required = true},
    {.name = "media_urls", .kind = FieldKind::kArray},
}};
constexpr std::array<FieldRule, 3> kCallRules = {{
    {.name = "from", .required = true, .fits = is_e164, .pattern = "^\\+[1-9]\\d{1,14}$"},
    {.name = "to", .required = true, .fits = is_e164, .pattern = "^\\+[1-9]\\d{1,14}$"},
    {.name = "says", .kind = FieldKind::kArray},
}};
constexpr std::array<FieldRule, 10> kFaultRules = {{
    {.name = "method"},
    {.name = "path_prefix"},
    {.name = "status", .kind = FieldKind::kInteger, .min = 100, .max = 599},
    {.name = "body"},
    {.name = "retry_after"},
    {.name = "delay_ms", .kind = FieldKind::kInteger, .min = 0, .max = 600'000},
    {.name = "cut", .options = kCuts},
    {.name = "commit", .kind = FieldKind::kBoolean},
    {.name = "cut_after_events", .kind = FieldKind::kInteger, .min = 0, .max = 1'000},
    {.name = "times", .kind = FieldKind::kInteger, .min = -1, .max = 1'000'000},
}};

Reply get_mailbox(Simulator& simulator, const Json& /*body*/) {
  Json rows = Json::array();
  for (const Mail& mail : simulator.mailbox()) {
    rows.push_back({{"to", mail.to},
                    {"code", mail.code},
                    {"verification_id", mail.verification_id},
                    {"sent_at", iso8601(mail.sent)},
                    {"expires_at", iso8601(mail.expires)}});
  }
  return ok({{"data", std::move(rows)}});
}

Reply post_text(Simulator& simulator, const Json& body) {
  JsonReader in(body, "body");
  const bool known = simulator.inject_text(in.str("from"), in.str("to"), in.str("body"), in.strings("media_urls"));
  return known ? ok({{"success", true}}) : refuse(404, "No account holds the number in `to`.");
}

Reply post_call(Simulator& simulator, const Json& body) {
  JsonReader in(body, "body");
  const std::string id = simulator.inject_call(in.str("from"), in.str("to"), in.strings("says"));
  return id.empty() ? refuse(404, "No account holds the number in `to`.") : ok({{"id", id}});
}

Reply post_fault(Simulator& simulator, const Json& body) {
  JsonReader in(body, "body");
  const std::string cut = in.opt_str("cut").value_or("");
  Fault fault{.method = in.opt_str("method").value_or(""),
              .path_prefix = in.opt_str("path_prefix").value_or(""),
              .status = static_cast<int>(in.opt_integer("status").value_or(0)),
              .body = in.opt_str("body").value_or(""),
              .retry_after = in.opt_str("retry_after").value_or(""),
              .delay = std::chrono::milliseconds{in.opt_integer("delay_ms").value_or(0)},
              .cut = !cut.empty(),
              .commit = cut == "after" || in.opt_boolean("commit").value_or(false),
              .cut_after_events = static_cast<int>(in.opt_integer("cut_after_events").value_or(-1)),
              .times = static_cast<int>(in.opt_integer("times").value_or(1))};
  if (fault.times == 0) return invalid_field("times", "Input should be -1 or at least 1", "value_error");
  simulator.add_fault(std::move(fault));
  return ok({{"success", true}});
}

Reply delete_faults(Simulator& simulator, const Json& /*body*/) {
  simulator.clear_faults();
  return ok({{"success", true}});
}

Reply get_requests(Simulator& simulator, const Json& /*body*/) {
  Json rows = Json::array();
  for (const LoggedRequest& request : simulator.requests()) {
    rows.push_back({{"method", request.method},
                    {"path", request.path},
                    {"target", request.target},
                    {"status", request.status},
                    {"at", iso8601(request.at)},
                    {"body", request.body},
                    {"body_sha256", request.body_sha256}});
  }
  return ok({{"data", std::move(rows)}});
}

Reply delete_requests(Simulator& simulator, const Json& /*body*/) {
  simulator.clear_requests();
  return ok({{"success", true}});
}

struct ControlRoute {
  std::string_view method, path;
  Reply (*operation)(Simulator&, const Json&);
  Rules body;
};

std::span<const ControlRoute> control_routes() {
  static const std::array<ControlRoute, 7> table = {{
      {"GET", "/_sandbox/mailbox", get_mailbox, {}},
      {"POST", "/_sandbox/texts", post_text, kTextRules},
      {"POST", "/_sandbox/calls", post_call, kCallRules},
      {"POST", "/_sandbox/faults", post_fault, kFaultRules},
      {"DELETE", "/_sandbox/faults", delete_faults, {}},
      {"GET", "/_sandbox/requests", get_requests, {}},
      {"DELETE", "/_sandbox/requests", delete_requests, {}},
  }};
  return table;
}

Reply run(Simulator& simulator, const ControlRoute& route, const std::string& text) {
  Json body = Json::object();
  if (!route.body.empty()) {
    Result<Json> parsed = parse_json(text);
    if (!parsed) return invalid({{.where = {"body"}, .message = "JSON decode error", .type = "json_invalid"}});
    body = std::move(*parsed);
    const std::vector<FieldError> errors = check_body(body, route.body);
    if (!errors.empty()) return invalid(errors);
  }
  return route.operation(simulator, body);
}

}  // namespace

bool is_control_path(std::string_view target) {
  return target.substr(0, 10) == "/_sandbox/";
}

WireAnswer handle_control(Simulator& simulator, const WireRequest& request) {
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  const auto table = control_routes();
  const auto found = std::find_if(table.begin(), table.end(), [&](const ControlRoute& route) {
    return route.path == path && route.method == request.method;
  });
  const Reply reply = found == table.end() ? refuse(404, "Not Found") : run(simulator, *found, request.body);
  return {.status = reply.status, .body = dump_json(reply.body)};
}

}  // namespace apmcp::sandbox
