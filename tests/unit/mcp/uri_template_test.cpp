#include "mcp/uri_template.h"

#include <stdexcept>

#include <doctest/doctest.h>

using apmcp::mcp::NamedValues;
using apmcp::mcp::UriTemplate;

TEST_SUITE("unit") {
  TEST_CASE("a variable is one segment of the path, percent-decoded") {
    const UriTemplate conversations("phone://agents/{agent}/conversations/{id}");
    CHECK(conversations.match("phone://agents/a1/conversations/c%2F2") == NamedValues{{"agent", "a1"}, {"id", "c/2"}});
    for (const char* other :
         {"phone://agents/a1/conversations/", "phone://agents//conversations/c", "phone://agents/a/b/conversations/c",
          "phone://agents/a1/conversations/c/d", "phone://agents/a1/conversations/c?x=1",
          "phone://agents/a1/conversations/%2", "phone://agents/a1/conversations/%zz", "phone://agents/a1", ""}) {
      CHECK_MESSAGE(!conversations.match(other), other);
    }
  }

  TEST_CASE("text around and between variables must be there") {
    const UriTemplate file("x:/{name}.{kind}.txt");
    CHECK(file.match("x:/a.b.txt") == NamedValues{{"name", "a"}, {"kind", "b"}});
    CHECK(file.match("x:/a.b.txt.txt") == NamedValues{{"name", "a"}, {"kind", "b.txt"}});
    CHECK_FALSE(file.match("x:/a.txt"));
    CHECK_FALSE(file.match("x:/.b.txt"));
    CHECK(UriTemplate("x:/fixed").match("x:/fixed") == NamedValues{});
    CHECK_FALSE(UriTemplate("x:/fixed").match("x:/fixed/more"));
    CHECK(file.has_variable("kind"));
    CHECK_FALSE(file.has_variable("txt"));
  }

  TEST_CASE("a template that could be read in two ways, or not at all, is a bug") {
    for (const char* bad : {"x:/{a}{b}", "x:/{a}/{a}", "x:/{+a}", "x:/{}", "x:/{a", "x:/a}", "x:/{a,b}"}) {
      CHECK_THROWS_AS_MESSAGE(UriTemplate{bad}, std::invalid_argument, bad);
    }
  }
}
