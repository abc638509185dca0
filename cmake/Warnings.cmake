include_guard()

function(agentphone_mcp_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough -Wformat=2
    $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wthread-safety>
    # Designated initialisers that leave members at their defaults are the point of our option structs.
    -Wno-missing-field-initializers
    # What GCC 12 only warns of while optimising, and wrongly so in moves and copies of std::string (GCC bugs 105329,
    # 105651); the sanitizers look for the real thing.
    "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-array-bounds;-Wno-restrict;-Wno-stringop-overread;-Wno-stringop-overflow>"
    $<$<BOOL:${AGENTPHONE_MCP_WERROR}>:-Werror>)
endfunction()
