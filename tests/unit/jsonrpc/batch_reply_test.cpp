#include "jsonrpc/batch_reply.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "support/recording_sink.h"

using apmcp::Json;
using apmcp::jsonrpc::BatchReply;
using apmcp::jsonrpc::Outgoing;

namespace {

Outgoing response(const std::string& text) {
  return {.text = text, .kind = Outgoing::Kind::kResponse};
}

}  // namespace

TEST_SUITE("unit") {
  TEST_CASE("responses leave as one array with the last request, everything else at once") {
    const auto sink = std::make_shared<apmcp::test::RecordingSink>();
    BatchReply batch(sink, 3);
    batch.send(response(R"({"id":1})"));
    batch.request_over();
    batch.send({.text = R"({"method":"notifications/progress"})", .kind = Outgoing::Kind::kNotification});
    batch.request_over();  // cancelled: no response
    CHECK(sink->all() == std::vector<Json>{{{"method", "notifications/progress"}}});
    batch.send(response(R"({"id":3})"));
    batch.request_over();
    REQUIRE(sink->all().size() == 2);
    CHECK(sink->all()[1] == Json::parse(R"([{"id":1},{"id":3}])"));
  }

  TEST_CASE("a batch of which every request was cancelled is not answered") {
    const auto sink = std::make_shared<apmcp::test::RecordingSink>();
    BatchReply batch(sink, 2);
    batch.request_over();
    batch.request_over();
    CHECK(sink->all().empty());
  }

  TEST_CASE("what was answered leaves at the end of the connection, and large answers leave before it") {
    const auto sink = std::make_shared<apmcp::test::RecordingSink>();
    BatchReply batch(sink, 3);
    batch.send(response(R"({"id":1})"));
    batch.flush();
    CHECK(sink->all() == std::vector<Json>{Json::parse(R"([{"id":1}])")});
    batch.send(response(R"({"id":2,"text":")" + std::string(BatchReply::kMaxBytes, 'x') + R"("})"));
    REQUIRE(sink->all().size() == 2);
    CHECK(sink->all()[1][0]["id"] == 2);
  }
}
