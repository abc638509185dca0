#include "mcp/listens.h"

#include <utility>

#include "jsonrpc/codec.h"

namespace apmcp::mcp {

struct Listens::Entry {
  Request request;
  std::shared_ptr<Subscription> subscription;
};

bool Listens::open(Subscriptions& subscriptions, Request request) {
  auto subscription = std::make_shared<Subscription>(request.honoured, request.reply, request.ticket.id,
                                                     Interest{.party = request.party,
                                                              .follow = subscriptions.options().follow,
                                                              .read_task = subscriptions.options().read_task});
  if (!subscriptions.add(subscription)) return false;
  const auto entry = std::make_shared<Entry>(Entry{std::move(request), std::move(subscription)});
  bool is_over_at_once = entry->request.honoured.empty();
  {
    const std::lock_guard lock(mutex_);
    open_.emplace(entry->request.ticket.cookie, entry);
    is_over_at_once = is_over_at_once || is_finishing_;
  }
  entry->subscription->start();
  if (is_over_at_once) finish(entry);
  // Cancelled before it was in the map: whoever cancelled it could not see it there.
  if (entry->request.ticket.stop.stop_requested()) drop(entry);
  return true;
}

std::vector<std::shared_ptr<Listens::Entry>> Listens::all() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Entry>> entries;
  entries.reserve(open_.size());
  for (const auto& [cookie, entry] : open_) entries.push_back(entry);
  return entries;
}

void Listens::drop_cancelled() {
  for (const auto& entry : all()) {
    if (entry->request.ticket.stop.stop_requested()) drop(entry);
  }
}

void Listens::finish_all() {
  {
    const std::lock_guard lock(mutex_);
    is_finishing_ = true;
  }
  for (const auto& entry : all()) finish(entry);
}

void Listens::drop(const std::shared_ptr<Entry>& entry) {
  entry->subscription->abandon([this, entry] { over(*entry); });
}

void Listens::finish(const std::shared_ptr<Entry>& entry) {
  const Request& request = entry->request;
  if (!in_flight_.close(request.ticket)) return;  // it was cancelled, or is finished already
  entry->subscription->finish(jsonrpc::encode_result(request.ticket.id, request.result),
                              [this, entry] { over(*entry); });
}

void Listens::over(const Entry& entry) {
  entry.request.reply->request_over();
  {
    const std::lock_guard lock(mutex_);
    open_.erase(entry.request.ticket.cookie);
  }
  in_flight_.release();
}

}  // namespace apmcp::mcp
