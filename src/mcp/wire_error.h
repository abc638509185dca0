#pragma once

#include "agentphone_mcp/result.h"
#include "jsonrpc/message.h"

namespace apmcp::mcp {

/// How an ErrorCode leaves the server. The one table of it; docs/design.md shows the same rows.
struct WireError {
  ErrorCode code;
  bool is_tool_result;  ///< of tools/call: a result with isError, for the model to act on; else a JSON-RPC error
  int rpc_code;         ///< for JSON-RPC errors
};

const WireError& wire_error(ErrorCode code);

/// `error` as JSON-RPC error object.
jsonrpc::RpcError to_rpc_error(const Error& error);

/// The structured part of a tool result that failed: {"error": {...}, "next_step": "..."}. Fits every output schema.
Json to_tool_error(const Error& error);

}  // namespace apmcp::mcp
