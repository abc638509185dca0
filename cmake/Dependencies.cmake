# Every dependency is a system package. A missing one stops here, with the line that installs it.
include_guard()

function(agentphone_mcp_require found name apt brew)
  if(NOT ${found})
    message(FATAL_ERROR "${name} was not found. Install it, or run ./scripts/setup for all of them:\n"
                        "  Debian, Ubuntu: sudo apt-get install ${apt}\n  macOS: brew install ${brew}")
  endif()
endfunction()

find_package(Threads REQUIRED)

find_package(nlohmann_json 3.11 QUIET)
agentphone_mcp_require(nlohmann_json_FOUND "nlohmann/json 3.11" nlohmann-json3-dev nlohmann-json)

find_package(OpenSSL 3.0 QUIET)
agentphone_mcp_require(OpenSSL_FOUND "OpenSSL 3.0" libssl-dev openssl@3)

find_package(CURL 7.88 QUIET)
agentphone_mcp_require(CURL_FOUND "libcurl 7.88, built with OpenSSL," libcurl4-openssl-dev curl)

find_package(spdlog QUIET)
agentphone_mcp_require(spdlog_FOUND "spdlog" libspdlog-dev spdlog)

find_package(CLI11 QUIET)
agentphone_mcp_require(CLI11_FOUND "CLI11" libcli11-dev cli11)

find_package(valijson QUIET)
find_path(VALIJSON_INCLUDE valijson/validator.hpp)
agentphone_mcp_require(VALIJSON_INCLUDE "valijson" libvalijson-dev valijson)

find_package(PkgConfig QUIET)
agentphone_mcp_require(PkgConfig_FOUND "pkg-config" pkg-config pkg-config)
# The compiled library and its header must agree on their macros, so the flags come from pkg-config and nowhere else.
pkg_check_modules(HTTPLIB QUIET IMPORTED_TARGET cpp-httplib>=0.11)
agentphone_mcp_require(HTTPLIB_FOUND "cpp-httplib 0.11" libcpp-httplib-dev cpp-httplib)

pkg_check_modules(SQLITE QUIET IMPORTED_TARGET sqlite3>=3.37)
agentphone_mcp_require(SQLITE_FOUND "SQLite 3.37" libsqlite3-dev sqlite)

# Without pkg-config: its re2.pc requires so many packages of Abseil that Debian 13 needs half a minute to resolve them.
find_path(RE2_INCLUDE re2/re2.h)
find_library(RE2_LIBRARY re2)
if(RE2_INCLUDE AND RE2_LIBRARY)
  set(RE2_FOUND ON)
  add_library(re2::re2 INTERFACE IMPORTED)
  target_include_directories(re2::re2 SYSTEM INTERFACE "${RE2_INCLUDE}")
  target_link_libraries(re2::re2 INTERFACE "${RE2_LIBRARY}")
endif()
agentphone_mcp_require(RE2_FOUND "RE2" libre2-dev re2)

find_path(PHONENUMBER_INCLUDE phonenumbers/phonenumberutil.h)
find_library(PHONENUMBER_LIBRARY phonenumber)
find_library(PROTOBUF_LIBRARY protobuf)
if(PHONENUMBER_INCLUDE AND PHONENUMBER_LIBRARY AND PROTOBUF_LIBRARY)
  set(PHONENUMBER_FOUND ON)
  add_library(phonenumber::phonenumber INTERFACE IMPORTED)
  target_include_directories(phonenumber::phonenumber SYSTEM INTERFACE "${PHONENUMBER_INCLUDE}")
  target_link_libraries(phonenumber::phonenumber INTERFACE "${PHONENUMBER_LIBRARY}" "${PROTOBUF_LIBRARY}")
endif()
agentphone_mcp_require(PHONENUMBER_FOUND "libphonenumber" "libphonenumber-dev libprotobuf-dev" libphonenumber)

if(AGENTPHONE_MCP_TESTS)
  find_package(doctest QUIET)
  agentphone_mcp_require(doctest_FOUND "doctest" doctest-dev doctest)
endif()
