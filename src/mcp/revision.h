#pragma once

#include <span>
#include <string_view>

namespace apmcp::mcp {

/// One row of facts per revision of the Model Context Protocol. Everything that differs between revisions is a column
/// here; nobody else compares dates. Source: the specification's changelogs, revisions 2024-11-05 to 2026-07-28.
struct Revision {
  std::string_view date;
  bool is_stateless;          ///< every request carries its envelope in _meta; no handshake (2026-07-28)
  bool has_batches;           ///< a JSON array of messages is processed
  bool has_annotations;       ///< Tool.annotations
  bool has_structured;        ///< Tool.title, Tool.outputSchema, CallToolResult.structuredContent
  bool has_progress_message;  ///< notifications/progress may carry a message
  bool has_audio;             ///< audio content
  bool has_completions;       ///< the capability "completions"; the method is older
  bool has_titles;            ///< title and _meta of resources, templates and prompts
  bool has_resource_links;    ///< resource_link content
  bool has_icons;             ///< icons of everything that is listed or linked
  bool has_elicitation;       ///< elicitation/create, forms only
  bool has_elicitation_url;   ///< elicitation modes, defaults of every primitive, enums with titles, multi-select
  bool has_priming_event;     ///< over HTTP an answer's stream starts with an id to come back with
};

/// All revisions this server speaks, oldest first.
std::span<const Revision> revisions();

/// nullptr when the revision is not one of ours.
const Revision* find_revision(std::string_view date);

/// What `initialize` answers to a version that is not ours.
const Revision& latest_with_handshake();

}  // namespace apmcp::mcp
