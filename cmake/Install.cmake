include_guard()
include(GNUInstallDirs)

if(PROJECT_IS_TOP_LEVEL)
  install(TARGETS agentphone-mcp RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(FILES README.md LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endif()
