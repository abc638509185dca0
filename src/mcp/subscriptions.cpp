#include "mcp/subscriptions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json_parse.h"
#include "jsonrpc/codec.h"

namespace apmcp::mcp {
namespace {

struct ListFlag {
  Change::Kind kind;
  const char* filter_member;
  bool SubscriptionFilter::*flag;
  std::string_view notification;
};

constexpr std::array<ListFlag, 3> kLists{{
    {Change::Kind::kToolsListChanged, "toolsListChanged", &SubscriptionFilter::tools_list_changed,
     "notifications/tools/list_changed"},
    {Change::Kind::kPromptsListChanged, "promptsListChanged", &SubscriptionFilter::prompts_list_changed,
     "notifications/prompts/list_changed"},
    {Change::Kind::kResourcesListChanged, "resourcesListChanged", &SubscriptionFilter::resources_list_changed,
     "notifications/resources/list_changed"},
}};

/// nullptr for a change that is not one of a list.
const ListFlag* list_of(const Change& change) {
  const auto* const found =
      std::find_if(kLists.begin(), kLists.end(), [&](const ListFlag& list) { return list.kind == change.kind; });
  return found == kLists.end() ? nullptr : found;
}

constexpr const char* kUrisMember = "resourceSubscriptions";
constexpr const char* kTasksMember = "taskIds";

Error invalid_filter(const char* name, const char* expected) {
  return {.code = ErrorCode::kInvalidParams, .message = '"' + std::string(name) + "\" must be " + expected + "."};
}

Status read_texts(const Json& wanted, const char* name, const char* expected,
                  std::set<std::string, std::less<>>& texts) {
  const Json* given = member(wanted, name);
  if (given == nullptr) return Unit{};
  const bool all_text =
      given->is_array() && std::all_of(given->begin(), given->end(), [](const Json& text) { return text.is_string(); });
  if (!all_text) return invalid_filter(name, expected);
  for (const Json& text : *given) texts.insert(text.get<std::string>());
  return Unit{};
}

}  // namespace

bool SubscriptionFilter::empty() const {
  return resource_subscriptions.empty() && task_ids.empty() &&
         std::none_of(kLists.begin(), kLists.end(), [&](const ListFlag& list) { return this->*list.flag; });
}

bool SubscriptionFilter::takes(const Change& change) const {
  if (change.kind == Change::Kind::kResourceUpdated) return resource_subscriptions.contains(change.uri);
  if (change.kind == Change::Kind::kTaskChanged) return task_ids.contains(change.task_id);
  return this->*list_of(change)->flag;
}

Json SubscriptionFilter::to_json() const {
  Json json = Json::object();
  for (const ListFlag& list : kLists) {
    if (this->*list.flag) json[list.filter_member] = true;
  }
  if (!resource_subscriptions.empty()) json[kUrisMember] = resource_subscriptions;
  if (!task_ids.empty()) json[kTasksMember] = task_ids;
  return json;
}

Result<SubscriptionFilter> read_subscription_filter(const Json& params) {
  const Json* wanted = member(params, "notifications");
  if (wanted == nullptr || !wanted->is_object()) return invalid_filter("notifications", "an object");
  SubscriptionFilter filter;
  for (const ListFlag& list : kLists) {
    const Json* flag = member(*wanted, list.filter_member);
    if (flag == nullptr) continue;
    if (!flag->is_boolean()) return invalid_filter(list.filter_member, "a boolean");
    filter.*list.flag = flag->get<bool>();
  }
  Status read = read_texts(*wanted, kUrisMember, "an array of URIs", filter.resource_subscriptions);
  if (read) read = read_texts(*wanted, kTasksMember, "an array of task ids", filter.task_ids);
  if (!read) return std::move(read).error();
  return filter;
}

Json subscription_id(const jsonrpc::Id& id) {
  return std::visit([](const auto& value) { return Json(value); }, id);
}

Subscription::Subscription(SubscriptionFilter filter, std::shared_ptr<jsonrpc::MessageSink> sink,
                           std::optional<jsonrpc::Id> listen_id, Interest interest)
    : sink_(std::move(sink)),
      listen_id_(std::move(listen_id)),
      interest_(std::move(interest)),
      filter_(std::move(filter)) {}

void Subscription::start() {
  std::optional<Json> acknowledgement;
  std::set<std::string, std::less<>> uris;
  {
    const std::lock_guard lock(mutex_);
    uris = filter_.resource_subscriptions;
    if (is_listen() && !is_abandoned_) {
      acknowledgement =
          Json{{"notifications", filter_.to_json()}, {"_meta", {{kSubscriptionIdKey, subscription_id(*listen_id_)}}}};
    }
  }
  for (const std::string& uri : uris) follow(uri);
  // is_sending_ is still set, so nobody else can have sent anything.
  if (acknowledgement) {
    sink_->send({.text = jsonrpc::encode_notification("notifications/subscriptions/acknowledged", *acknowledgement)});
  }
  {
    const std::lock_guard lock(mutex_);
    is_sending_ = false;
  }
  flush();
}

void Subscription::offer(const Change& change) {
  const std::lock_guard lock(mutex_);
  if (is_told(change) && std::find(waiting_.begin(), waiting_.end(), change) == waiting_.end())
    waiting_.push_back(change);
}

bool Subscription::is_told(const Change& change) const {
  const bool is_ours = list_of(change) != nullptr || change.caller == interest_.party.caller;
  return is_open_ && is_ours && filter_.takes(change);
}

void Subscription::follow(const std::string& uri) {
  if (!interest_.follow) return;
  auto followed = interest_.follow(uri, interest_.party);
  const std::lock_guard lock(mutex_);
  if (is_open_) followed_.insert_or_assign(uri, std::move(followed));
}

void Subscription::flush() {
  std::unique_lock lock(mutex_);
  if (is_sending_) return;
  is_sending_ = true;
  while (!waiting_.empty()) {
    const Change next = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    lock.unlock();
    send(next);
    lock.lock();
  }
  if (is_open_) {
    is_sending_ = false;
    return;
  }
  const std::string last_message = std::exchange(last_message_, {});
  const std::function<void()> over = std::exchange(over_, nullptr);
  lock.unlock();
  if (!last_message.empty()) {
    sink_->send({.text = last_message, .kind = jsonrpc::Outgoing::Kind::kResponse});
  }
  if (over) over();
}

void Subscription::send(const Change& change) {
  Json params = nullptr;
  std::string_view method;
  if (change.kind == Change::Kind::kResourceUpdated) {
    method = "notifications/resources/updated";
    params["uri"] = change.uri;
  } else if (change.kind == Change::Kind::kTaskChanged) {
    auto task = interest_.read_task ? interest_.read_task(change.task_id, change.caller) : Result<Json>(Json());
    if (!task || !task->is_object()) return;  // past its life already
    method = "notifications/tasks";
    params = *std::move(task);
  } else {
    method = list_of(change)->notification;
  }
  if (listen_id_) params["_meta"] = Json{{kSubscriptionIdKey, subscription_id(*listen_id_)}};
  sink_->send({.text = jsonrpc::encode_notification(method, params)});
}

void Subscription::finish(std::string last_message, std::function<void()> over) {
  end(std::move(last_message), std::move(over), false);
}

void Subscription::abandon(std::function<void()> over) {
  end({}, std::move(over), true);
}

void Subscription::end(std::string last_message, std::function<void()> over, bool drops_waiting) {
  decltype(followed_) followed;  // let go of without the mutex
  {
    const std::lock_guard lock(mutex_);
    if (!is_open_) return;
    is_open_ = false;
    is_abandoned_ = drops_waiting;
    if (drops_waiting) waiting_.clear();
    last_message_ = std::move(last_message);
    over_ = std::move(over);
    followed.swap(followed_);
  }
  flush();
}

bool Subscription::is_open() const {
  const std::lock_guard lock(mutex_);
  return is_open_;
}

void Subscription::add_lists(const SubscriptionFilter& lists) {
  const std::lock_guard lock(mutex_);
  for (const ListFlag& list : kLists) filter_.*list.flag = filter_.*list.flag || lists.*list.flag;
}

bool Subscription::add_uri(const std::string& uri, std::size_t limit) {
  {
    const std::lock_guard lock(mutex_);
    if (filter_.resource_subscriptions.contains(uri)) return true;
    if (filter_.resource_subscriptions.size() >= limit) return false;
    filter_.resource_subscriptions.insert(uri);
  }
  follow(uri);
  return true;
}

void Subscription::remove_uri(const std::string& uri) {
  decltype(followed_)::node_type followed;  // let go of without the mutex
  const std::lock_guard lock(mutex_);
  filter_.resource_subscriptions.erase(uri);
  followed = followed_.extract(uri);
  std::erase_if(waiting_, [&](const Change& change) {
    return change.kind == Change::Kind::kResourceUpdated && change.uri == uri;
  });
}

Subscriptions::Subscriptions(Options options) : options_(std::move(options)) {}

std::vector<std::shared_ptr<Subscription>> Subscriptions::members() {
  std::vector<std::shared_ptr<Subscription>> present;
  const std::lock_guard lock(mutex_);
  for (const auto& known : members_) {
    if (auto subscription = known.lock()) present.push_back(std::move(subscription));
  }
  return present;
}

/// Everybody gets it before anybody is sent it, so that one who reads slowly keeps it from nobody for good: whoever
/// publishes next sends it to the others.
void Subscriptions::publish(const Change& change) {
  offer(change);
  flush();
}

void Subscriptions::offer(const Change& change) {
  for (const auto& subscription : members()) subscription->offer(change);
}

void Subscriptions::flush() {
  for (const auto& subscription : members()) subscription->flush();
}

bool Subscriptions::add(const std::shared_ptr<Subscription>& subscription) {
  std::vector<std::shared_ptr<Subscription>> seen;  // the last owner of one must not let go of it under the mutex
  const std::lock_guard lock(mutex_);
  std::erase_if(members_, [&](const std::weak_ptr<Subscription>& known) {
    auto other = known.lock();
    if (other == nullptr || !other->is_open()) return true;
    seen.push_back(std::move(other));
    return false;
  });
  const auto listens = std::count_if(seen.begin(), seen.end(), [&](const auto& other) {
    return other->is_listen() && other->caller() == subscription->caller();
  });
  if (subscription->is_listen() && static_cast<std::size_t>(listens) >= options_.max_listens_per_caller) return false;
  members_.push_back(subscription);
  return true;
}

}  // namespace apmcp::mcp
