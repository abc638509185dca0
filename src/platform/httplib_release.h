#pragma once

#include <string_view>

// Which generation of cpp-httplib is compiled against, for the layers that put a guard around it; to be included after
// <httplib.h>, which this layer does not know. Debian 12 ships 0.11.4 as a compiled library whose virtual tables we
// override, so a header that is not the one the library was built from must not compile. Releases from 0.20 on are
// header-only or built with our flags and are told apart by the macros they introduced:
//   CPPHTTPLIB_CLIENT_MAX_TIMEOUT_MSECOND  0.19: process_socket takes the start time, Stream has duration();
//                                          0.20: Stream has wait_readable() and wait_writable()
//   CPPHTTPLIB_EXPECT_100_THRESHOLD        0.30.2: bodies from 1 KiB on wait for "100 Continue" unless told not to
#if defined(CPPHTTPLIB_CLIENT_MAX_TIMEOUT_MSECOND)
#define AGENTPHONE_MCP_MODERN_HTTPLIB 1
#elif defined(CPPHTTPLIB_VERSION)
#define AGENTPHONE_MCP_MODERN_HTTPLIB 0
static_assert(std::string_view(CPPHTTPLIB_VERSION) == "0.11.4",
              "The guards override private virtual functions of cpp-httplib. They are tested with 0.11.4 and with 0.20 "
              "and later; check the files httplib_compat.h before using another release.");
#else
#error "include <httplib.h> first"
#endif
