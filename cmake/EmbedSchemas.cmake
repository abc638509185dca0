include_guard()

# embed_tool_definitions(TARGET FILE...): compiles the tool definitions of schemas/tools into TARGET, sorted by name, as
# the function declared in tools/definitions.h. The work is done at build time, so that starting costs nothing.
function(embed_tool_definitions target)
  if(NOT TARGET embed_schemas)
    add_executable(embed_schemas "${PROJECT_SOURCE_DIR}/cmake/embed_schemas.cpp")
    target_link_libraries(embed_schemas PRIVATE nlohmann_json::nlohmann_json)
    set_target_properties(embed_schemas PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/cmake")
  endif()
  set(output "${PROJECT_BINARY_DIR}/generated/tool_definitions.cpp")
  add_custom_command(OUTPUT "${output}"
    COMMAND embed_schemas "${output}" ${ARGN}
    DEPENDS embed_schemas ${ARGN}
    COMMENT "Embedding tool definitions" VERBATIM)
  # The target lives in another directory than the rule, so it is told that the file will exist and what makes it.
  add_custom_target(embed_tool_definitions_${target} DEPENDS "${output}")
  set_source_files_properties("${output}" TARGET_DIRECTORY ${target} PROPERTIES GENERATED ON)
  target_sources(${target} PRIVATE "${output}")
  add_dependencies(${target} embed_tool_definitions_${target})
endfunction()
