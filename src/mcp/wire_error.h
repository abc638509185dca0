#pragma once

#include <string>

#include "agentphone_mcp/result.h"
#include "jsonrpc/message.h"

namespace apmcp::mcp {

/// How an ErrorCode leaves the server. The one table of it; docs/design.md shows the same rows.
struct WireError {
  ErrorCode code = ErrorCode::kInternal;
  bool is_tool_result =
      false;               ///< of tools/call: a result with isError, for the model to act on; else a JSON-RPC error
  int rpc_code = 0;        ///< of a JSON-RPC error
  int stateless_code = 0;  ///< the same in 2026-07-28, which has codes of its own; 0: rpc_code. Never a tool result
  int http_status = 200;   ///< 2026-07-28 over HTTP, of a request that was refused before its handler ran
};

/// kInvalidParams: `message` names the member and what it must be.
Error invalid_params(std::string message);

const WireError& wire_error(ErrorCode code);

/// True when a failed tools/call answers with a result (isError) and not with a JSON-RPC error.
bool is_tool_result(const Error& error, bool is_stateless);

/// `error` as JSON-RPC error object.
jsonrpc::RpcError to_rpc_error(const Error& error, bool is_stateless);

/// The structured part of a tool result that failed: {"error": {...}, "next_step": "..."}. Fits every output schema.
Json to_tool_error(const Error& error);

}  // namespace apmcp::mcp
