#include "jsonrpc/outbox.h"

#include <doctest/doctest.h>

#include <latch>
#include <string>
#include <thread>
#include <vector>

using apmcp::jsonrpc::Outbox;

TEST_SUITE("unit") {
  TEST_CASE("one push is one write, made by the caller") {
    std::vector<std::string> writes;
    Outbox outbox([&](std::string_view text) { return writes.emplace_back(text), true; }, 100);
    CHECK(outbox.push("a\n"));
    CHECK(outbox.push("b\n"));
    CHECK(writes == std::vector<std::string>{"a\n", "b\n"});
  }

  TEST_CASE("what is pushed during a write leaves with the next one, whole and in order") {
    std::latch in_write(1);
    std::latch go_on(1);
    std::vector<std::string> writes;
    Outbox outbox(
        [&](std::string_view text) {
          writes.emplace_back(text);
          if (writes.size() == 1) {
            in_write.count_down();
            go_on.wait();
          }
          return true;
        },
        100);
    std::jthread first([&] { outbox.push("1\n"); });
    in_write.wait();
    CHECK(outbox.push("2\n"));
    CHECK(outbox.push("3\n"));
    go_on.count_down();
    first.join();
    outbox.flush();
    CHECK(writes == std::vector<std::string>{"1\n", "2\n3\n"});
  }

  TEST_CASE("a full outbox makes the sender wait until the reader takes something") {
    std::latch in_write(1);
    std::latch go_on(1);
    bool is_first = true;
    std::string all;
    Outbox outbox(
        [&](std::string_view text) {
          all += text;
          if (std::exchange(is_first, false)) {
            in_write.count_down();
            go_on.wait();
          }
          return true;
        },
        4);
    std::jthread writer([&] { outbox.push("aa"); });
    in_write.wait();
    CHECK(outbox.push("bbb"));  // fits
    std::jthread waiter([&] { outbox.push("cc"); });  // must wait: 3 + 2 > 4
    go_on.count_down();
    waiter.join();
    writer.join();
    outbox.flush();
    CHECK(all == "aabbbcc");
  }

  TEST_CASE("once the reader is gone nothing blocks and nothing is written") {
    int writes = 0;
    Outbox outbox([&](std::string_view) { return ++writes, false; }, 4);
    CHECK_FALSE(outbox.push("a"));
    CHECK_FALSE(outbox.push("a message larger than the outbox"));
    outbox.flush();
    CHECK(outbox.is_broken());
    CHECK(writes == 1);
  }
}
