#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "agentphone_mcp/completion.h"
#include "mcp/revision.h"

namespace apmcp::mcp {

/// Which page of a list is wanted.
struct PageRequest {
  const Revision& revision;  ///< whose shapes the items must have
  std::string_view cursor;   ///< empty: the first page
  std::size_t size;          ///< items, at least 1
};

/// One page of tools/list, prompts/list, resources/list or resources/templates/list.
struct Page {
  std::string items;        ///< JSON text of the array
  std::string next_cursor;  ///< empty on the last page
};

/// The key that a cursor of ours ends with, empty for any other text.
std::string_view key_of_cursor(std::string_view cursor);

/// The cursor of the page after the item with this key. It names the item and not a number, so that it means the same
/// after a restart with more items.
std::string cursor_after(std::string_view key);

/// kInvalidParams for a cursor that we did not make.
Error unknown_cursor();

/// `key(entry)` names an entry uniquely, `wire(entry)` is its JSON text. Entries keep their order.
template <typename Entries, typename Key, typename Wire>
Result<Page> page_of(const Entries& entries, const PageRequest& wanted, Key key, Wire wire) {
  auto first = entries.begin();
  if (!wanted.cursor.empty()) {
    const std::string_view last = key_of_cursor(wanted.cursor);
    first = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return key(entry) == last; });
    if (first == entries.end()) return unknown_cursor();
    ++first;
  }
  Page page{.items = "["};
  for (std::size_t count = 0; first != entries.end() && count < wanted.size; ++first, ++count) {
    if (count > 0) page.items += ',';
    page.items += wire(*first);
    page.next_cursor = key(*first);
  }
  page.items += ']';
  page.next_cursor = first == entries.end() ? std::string() : cursor_after(page.next_cursor);
  return page;
}

/// A resource, resource template or prompt as `revision` lists it: without the members that it does not know, because
/// some clients refuse what they do not expect.
std::string wire_for(const Json& definition, const Revision& revision);

/// A name out of a request, fit to stand in an error: in quotes, and cut when it is long.
std::string quote_name(std::string_view name);

/// A text member that a definition must have. Definitions are our own, so a fault in one is a bug: throws
/// std::invalid_argument when it is missing or empty.
std::string required_text(const Json& definition, std::string_view key);

/// Throws std::invalid_argument unless the definition of `name` is the first of its name and has its handler.
void check_definition(bool is_first, bool has_handler, std::string_view name);

/// The completer of that name, nullptr when there is none.
const Completer* completer_of(const Completers& completers, std::string_view name);

}  // namespace apmcp::mcp
