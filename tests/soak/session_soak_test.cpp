// All pairs of operations on one HTTP session at once, while one of its requests runs and a random pause follows every
// few unlocks of a mutex (delay_after_unlock). Each answer must be the complete one of its own request, or a refusal
// that is well-formed and has a reason in the pair.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "unit/transport/http_fixture.h"

using namespace apmcp::test;  // NOLINT(google-build-using-namespace): the vocabulary of these stories
using apmcp::Executor;
using apmcp::Json;
using apmcp::Metrics;
using apmcp::Result;
using apmcp::listener::HttpRequest;
using apmcp::transport::HttpServer;
using apmcp::transport::SessionTable;
namespace mcp = apmcp::mcp;

namespace {

enum class Op {
  kPost,
  kBatch,
  kPing,
  kGet,
  kCancel,
  kResume,
  kDelete,
  kExpire,
  kCrowd,
  kInitialize,
  kShutdown,
  kCount
};
constexpr std::array<const char*, static_cast<std::size_t>(Op::kCount)> kNames{
    "POST", "batch", "ping", "GET", "cancel", "resume", "DELETE", "expiry", "crowd", "initialize", "shutdown"};
constexpr std::size_t kMaxSessions = 3;
constexpr const char* kInitialize =
    R"({"jsonrpc":"2.0","id":"again","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})";

using Random = std::minstd_rand;

bool one_in(Random& random, unsigned n) {
  return random() % n == 0;
}

void pause(Random& random, unsigned longest_us) {
  std::this_thread::sleep_for(std::chrono::microseconds{random() % longest_us});
}

/// tools/call of `work`, which answers with its mark; its progress has the request's id as token.
std::string work(int id, const std::string& mark, Random& random) {
  return Json{{"jsonrpc", "2.0"},
              {"id", id},
              {"method", "tools/call"},
              {"params",
               {{"name", "work"},
                {"arguments",
                 {{"mark", mark}, {"us", random() % 2000}, {"progress", one_in(random, 2) ? 1 + random() % 2 : 0}}},
                {"_meta", {{"progressToken", id}}}}}}
      .dump();
}

Result<mcp::ToolOutput> do_work(const Json& arguments, mcp::RequestContext& context) {
  const int steps = arguments["progress"].get<int>();
  const auto share = std::chrono::microseconds{arguments["us"].get<int>() / (steps + 1)};
  for (int step = 1; step <= steps; ++step) {
    context.progress(step, std::nullopt, "working");
    std::this_thread::sleep_for(share);
  }
  std::this_thread::sleep_for(share);
  return mcp::ToolOutput{.text = arguments["mark"].get<std::string>()};
}

std::vector<mcp::Tool> work_tool() {
  std::vector<mcp::Tool> tools;
  tools.push_back({.definition = {.name = "work",
                                  .wire = R"({"name":"work","inputSchema":{"type":"object"}})",
                                  .input_schema = R"({"type":"object"})",
                                  .example = "{}",
                                  .effect = "reads"},
                   .handler = do_work});
  return tools;
}

/// What all tries share.
struct World {
  mcp::McpServer server{{.name = "soak", .title = "Soak", .version = "1", .website_url = "", .instructions = ""},
                        mcp::ToolRegistry(work_tool()),
                        mcp::McpServer::Options{}};
  Executor executor{64, 4096};
  Metrics metrics;
};

/// One exchange of a try, and what may come of it.
struct Outcome {
  std::unique_ptr<Exchange> exchange;
  std::map<int, std::string> marks = {};  ///< id of each request -> the text of its answer
  bool is_listening = false;              ///< ends only with its peer or its session
  bool is_guess = false;                  ///< of an event id; whose answer comes is open
};

class Try {
 public:
  Try(World& world, Op first, Op second, unsigned seed)
      : ops_{first, second},
        random_(seed),
        name_("t" + std::to_string(seed)),
        server_(world.server, world.executor, world.metrics,
                {.sessions = {.max_sessions = kMaxSessions,
                              .now = [this] { return SessionTable::Clock::time_point{passed_.load()}; }}}) {
    server_.listens_at(1);  // that of in_session()
  }

  /// What went wrong; empty when nothing did.
  std::string run() {
    const bool batches = has(Op::kBatch) || one_in(random_, 4);
    open(batches ? "2025-03-26" : one_in(random_, 2) ? "2025-06-18" : "2025-11-25");
    if (session_.empty()) return "no session";
    base_.marks = {{1, name_ + "-base"}};
    base_.exchange = std::make_unique<Exchange>(server_, in_session(session_, work(1, base_.marks[1], random_)));
    std::array<std::vector<Outcome>, 2> outcomes;
    {
      std::array<std::jthread, 2> threads;
      for (std::size_t i = 0; i < 2; ++i) {
        threads[i] = std::jthread([this, i, &outcomes, seed = random_()] {
          Random random(static_cast<unsigned>(seed));
          pause(random, 1500);
          outcomes[i] = act(ops_[i], static_cast<int>(i), random);
        });
      }
    }
    check(base_);
    for (auto& some : outcomes) {
      for (Outcome& one : some) check(one);
    }
    return wrong_;
  }

 private:
  [[nodiscard]] bool has(Op op) const { return ops_[0] == op || ops_[1] == op; }

  [[nodiscard]] bool may_end() const { return has(Op::kDelete) || has(Op::kShutdown); }

  [[nodiscard]] bool may_be_refused() const { return may_end() || has(Op::kExpire) || has(Op::kCrowd); }

  void open(const std::string& revision) {
    std::string text = kInitialize;
    text.replace(text.find("2025-11-25"), 10, revision);
    Exchange opening(server_, post("/mcp", text));
    session_ = header(opening.reply(), "Mcp-Session-Id");
  }

  std::unique_ptr<Exchange> start(HttpRequest request) {
    return std::make_unique<Exchange>(server_, std::move(request));
  }

  std::vector<Outcome> act(Op op, int who, Random& random) {
    const int id = 10 + who * 10;
    const std::string mark = name_ + "-" + std::to_string(who);
    std::vector<Outcome> made;
    switch (op) {
      case Op::kPost: made.push_back({start(in_session(session_, work(id, mark, random))), {{id, mark}}}); break;
      case Op::kBatch: {
        const std::string batch = "[" + work(id, mark, random) + "," + work(id + 1, mark + "b", random) + "]";
        made.push_back({start(in_session(session_, batch)), {{id, mark}, {id + 1, mark + "b"}}});
        break;
      }
      case Op::kPing: {
        const std::string ping = R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"ping"})";
        made.push_back({start(in_session(session_, ping)), {{id, ""}}});
        break;
      }
      case Op::kGet: made.push_back({.exchange = start(listen(session_)), .is_listening = true}); break;
      case Op::kCancel:
        made.push_back({start(
            in_session(session_, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})"))});
        break;
      case Op::kResume: resume(made, random); break;
      case Op::kDelete: made.push_back({start(delete_session(session_))}); break;
      case Op::kExpire:
        passed_ = passed_.load() + std::chrono::minutes{31};
        made.push_back({start(post("/mcp", kInitialize))});
        break;
      case Op::kCrowd:
        for (std::size_t i = 0; i < kMaxSessions; ++i) made.push_back({start(post("/mcp", kInitialize))});
        break;
      case Op::kInitialize: made.push_back({start(post("/mcp", kInitialize, session_header(session_)))}); break;
      case Op::kShutdown: shut_down(random); break;
      case Op::kCount: break;
    }
    for (Outcome& one : made) {
      if (!one.is_listening) finish(one);
    }
    return made;
  }

  /// The connection of the base request breaks, and the client comes back behind the last event it has seen.
  void resume(std::vector<Outcome>& made, Random& random) {
    if (!one_in(random, 3)) base_.exchange->peer.leave();
    const std::string seen = base_.exchange->peer.wait_for("");
    const std::size_t at = seen.rfind("id: ");
    const bool is_guess = at == std::string::npos;  // no event was seen: then it may be another request's stream
    const std::string last = is_guess ? "p1-0" : seen.substr(at + 4, seen.find('\n', at) - at - 4);
    const bool has_answer = seen.find("\"result\"") != std::string::npos;
    made.push_back({.exchange = start(listen(session_, last)),
                    .marks = has_answer ? std::map<int, std::string>() : base_.marks,
                    .is_guess = is_guess});
  }

  void shut_down(Random& random) {
    base_.exchange->peer.stop_listener();
    server_.drain(std::chrono::milliseconds{random() % 3});
  }

  void finish(Outcome& one) {
    if (has(Op::kShutdown)) one.exchange->peer.stop_listener();
    one.exchange->reply();
    one.exchange->ended();
  }

  void check(Outcome& one) {
    if (one.is_listening) one.exchange->peer.leave();
    const auto& reply = one.exchange->reply();
    const bool is_complete = one.exchange->ended();
    const std::string text = one.exchange->peer.wait_for("");
    if (one.is_guess) return;
    if (reply.content_type == "text/event-stream") return check_events(one, text, is_complete);
    const Json refusal = Json::parse(reply.body, nullptr, false);
    const bool was_interrupted = refusal.is_object() && refusal.contains("error") && refusal["error"]["code"] == -32603;
    if (reply.status == 200 && !one.marks.empty() && !was_interrupted) return check_json(one, reply.body);
    if ((reply.status == 200 && !was_interrupted) || reply.status == 202) {
      if (!one.marks.empty()) fail("no answer", reply.body);
      return;
    }
    if (refusal.is_discarded() || !refusal.contains("error")) return fail("bad refusal", reply.body);
    const bool is_foreign = was_interrupted && refusal.contains("id") && refusal["id"].is_number() &&
                            !one.marks.contains(refusal["id"].get<int>());
    if (is_foreign) fail("foreign refusal", reply.body);
    const bool is_opening = one.marks.empty() && !one.is_listening;  // the table may be full, the session initialized
    if (!may_be_refused() && !is_opening && !has(Op::kResume)) fail("refused", reply.body);
  }

  void check_json(const Outcome& one, const std::string& body) {
    const Json answer = Json::parse(body, nullptr, false);
    std::set<int> answered;
    for (const Json& item : answer.is_array() ? answer : Json::array({answer})) check_answer(one, item, answered);
    if (answer.is_discarded() || answered.size() != one.marks.size()) fail("torn", body);
  }

  void check_events(const Outcome& one, std::string_view text, bool is_complete) {
    std::set<int> answered;
    const std::string all(text);
    while (!text.empty()) {
      const std::size_t end = text.find("\n\n");
      if (end == std::string_view::npos) return fail("torn event", all);
      const std::string_view event = text.substr(0, end);
      text.remove_prefix(end + 2);
      const std::size_t data = event.find("data: ");
      if (data == std::string_view::npos) continue;  // priming, or a comment
      const Json item = Json::parse(event.substr(data + 6), nullptr, false);
      if (item.is_object() && item.value("method", "") == "notifications/progress") {
        const int token = item["params"]["progressToken"].get<int>();
        if (one.marks.count(token) == 0) fail("foreign progress", all);
      } else {
        check_answer(one, item, answered);
      }
    }
    const bool was_cancelled = has(Op::kCancel) && one.marks.count(1) > 0;
    const bool is_whole = answered.size() == one.marks.size();
    if (is_complete && !is_whole && !was_cancelled) fail("complete without its answer", all);
    if (!is_complete && !may_end() && !one.is_listening && !has(Op::kResume)) fail("cut without a reason", all);
  }

  void check_answer(const Outcome& one, const Json& item, std::set<int>& answered) {
    if (!item.is_object() || !item.contains("id") || !item["id"].is_number()) return fail("torn", item.dump());
    const auto found = one.marks.find(item["id"].get<int>());
    if (found == one.marks.end()) return fail("foreign", item.dump());
    if (!answered.insert(found->first).second) return fail("answered twice", item.dump());
    if (!item.contains("result")) return fail("failed", item.dump());
    const Json& result = item["result"];
    const std::string text = found->second.empty() ? "" : result["content"][0]["text"].get<std::string>();
    if (text != found->second) fail("foreign", item.dump());
  }

  void fail(const std::string& what, const std::string& text) { wrong_ += "\n" + what + ": " + text; }

  const std::array<Op, 2> ops_;
  Random random_;
  const std::string name_;
  std::atomic<SessionTable::Clock::duration> passed_{};
  HttpServer server_;
  std::string session_;
  Outcome base_;
  std::string wrong_;
};

std::vector<std::pair<Op, Op>> all_pairs() {
  std::vector<std::pair<Op, Op>> pairs;
  for (int first = 0; first < static_cast<int>(Op::kCount); ++first) {
    for (int second = first; second < static_cast<int>(Op::kCount); ++second) {
      pairs.emplace_back(static_cast<Op>(first), static_cast<Op>(second));
    }
  }
  return pairs;
}

unsigned setting(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here changes the environment
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

}  // namespace

TEST_SUITE("soak") {
  TEST_CASE("every pair of operations on a session, at once, with pauses after unlocking") {
    const unsigned tries = setting("AGENTPHONE_MCP_SOAK_TRIES", 2000);
    const unsigned seed = setting("AGENTPHONE_MCP_DELAY_SEED", 1);
    const auto pairs = all_pairs();
    World world;
    std::atomic<unsigned> next = 0;
    std::atomic<unsigned> failures = 0;
    {
      std::vector<std::jthread> lanes;
      for (int lane = 0; lane < 8; ++lane) {
        lanes.emplace_back([&] {
          for (unsigned i = next++; i < tries; i = next++) {
            const auto [first, second] = pairs[i % pairs.size()];
            const std::string wrong = Try(world, first, second, seed * 1'000'000 + i).run();
            if (wrong.empty()) continue;
            if (++failures > 20) continue;
            std::printf("try %u, %s with %s:%s\n", i, kNames[static_cast<std::size_t>(first)],
                        kNames[static_cast<std::size_t>(second)], wrong.c_str());
          }
        });
      }
    }
    std::printf("%u tries over %zu pairs of operations, seed %u: %u failed\n", tries, pairs.size(), seed,
                failures.load());
    CHECK(failures == 0);
    CHECK(world.executor.wait_idle(std::chrono::seconds{20}));
  }
}
