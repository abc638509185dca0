#pragma once

#include <string>

#include "jsonrpc/codec.h"

namespace apmcp::transport {

/// Which rules apply to a POST. The body decides, then the header MCP-Protocol-Version (2026-07-28, "Versioning").
enum class Era {
  kHandshake,      ///< 2024-11-05 to 2025-11-25: sessions
  kStateless,      ///< 2026-07-28, also when the envelope is missing or names an unknown version
  kContradiction,  ///< a handshake under the header of a revision that has none
  kUnknown,        ///< neither an envelope nor a handshake, under the header of an unknown revision
};

/// `version` is the header's value, nullptr when there is none.
Era era_of(const jsonrpc::Decoded& decoded, const std::string* version);

/// The request's id when the text is one request, for an error that answers it.
std::optional<jsonrpc::Id> sole_request_id(const jsonrpc::Decoded& decoded);

/// True when the text is one `initialize` request.
bool is_initialize(const jsonrpc::Decoded& decoded);

/// True when an item carries the envelope of the stateless revision.
bool has_stateless_item(const jsonrpc::Decoded& decoded);

}  // namespace apmcp::transport
