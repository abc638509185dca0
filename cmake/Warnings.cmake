include_guard()

function(agentphone_mcp_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough -Wformat=2
    $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wthread-safety>
    # Designated initialisers that leave members at their defaults are the point of our option structs.
    -Wno-missing-field-initializers
    # GCC 12 sees uninitialised members in aggregates that are moved from while optimising; it is wrong every time.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    $<$<BOOL:${AGENTPHONE_MCP_WERROR}>:-Werror>)
endfunction()
