#include "jsonrpc/batch_reply.h"

#include <utility>

namespace apmcp::jsonrpc {

void BatchReply::send(Outgoing message) {
  if (message.kind != Outgoing::Kind::kResponse) return sink_->send(std::move(message));
  bool is_full = false;
  {
    const std::lock_guard lock(mutex_);
    if (!responses_.empty()) responses_ += ',';
    responses_ += message.text;
    is_full = responses_.size() > kMaxBytes;
  }
  if (is_full) flush();
}

void BatchReply::request_over() {
  bool is_last = false;
  {
    const std::lock_guard lock(mutex_);
    is_last = --open_ == 0;
  }
  if (is_last) flush();
  sink_->request_over();
}

void BatchReply::flush() {
  std::string responses;
  {
    const std::lock_guard lock(mutex_);
    responses.swap(responses_);
  }
  if (!responses.empty()) sink_->send({.text = "[" + responses + "]", .kind = Outgoing::Kind::kResponse});
}

}  // namespace apmcp::jsonrpc
