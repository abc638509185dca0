include_guard()

# embed_definitions(TARGET KIND FILE...): compiles definitions of schemas/KIND into TARGET, sorted by name, as the
# function declared in KIND/definitions.h. KIND is "tools" or "prompts". The work is done at build time, so that starting
# reads no file.
function(embed_definitions target kind)
  if(NOT TARGET embed_schemas)
    add_executable(embed_schemas "${PROJECT_SOURCE_DIR}/cmake/embed_schemas.cpp")
    target_link_libraries(embed_schemas PRIVATE nlohmann_json::nlohmann_json)
    set_target_properties(embed_schemas PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/cmake")
  endif()
  set(output "${PROJECT_BINARY_DIR}/generated/${kind}/definitions.cpp")
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/generated/${kind}")
  add_custom_command(OUTPUT "${output}"
    COMMAND embed_schemas "${output}" ${kind} ${ARGN}
    DEPENDS embed_schemas ${ARGN}
    COMMENT "Embedding definitions of ${kind}" VERBATIM)
  # The target lives in another directory than the rule, so it is told that the file will exist and what makes it.
  add_custom_target(embed_${kind}_of_${target} DEPENDS "${output}")
  set_source_files_properties("${output}" TARGET_DIRECTORY ${target} PROPERTIES GENERATED ON)
  target_sources(${target} PRIVATE "${output}")
  add_dependencies(${target} embed_${kind}_of_${target})
endfunction()
