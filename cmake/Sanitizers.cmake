include_guard()

# "address,undefined" or "thread"; empty for none.
set(AGENTPHONE_MCP_SANITIZE "" CACHE STRING "Value for -fsanitize=")

function(agentphone_mcp_sanitize target)
  if(AGENTPHONE_MCP_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${AGENTPHONE_MCP_SANITIZE} -fno-omit-frame-pointer
                                             -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${AGENTPHONE_MCP_SANITIZE})
  elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
    target_compile_options(${target} PRIVATE -fstack-protector-strong -D_FORTIFY_SOURCE=2)
    if(NOT APPLE)
      target_link_options(${target} PUBLIC -Wl,-z,relro,-z,now)
    endif()
  endif()
endfunction()
