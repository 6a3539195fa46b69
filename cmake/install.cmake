# What `cmake --install` puts where: bin/twx, share/man/, include/twx/, the libraries, lib/cmake/twx
# and lib/pkgconfig/twx.pc. Who has installed it says find_package(twx) or pkg-config --static.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(TWX_INSTALL_CMAKE ${CMAKE_INSTALL_LIBDIR}/cmake/twx)
set(TWX_INSTALL_PKGCONFIG ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# twx_install_library(twx_NAME): the target is `twx::NAME` for users, its folder is searched for
# public headers. Those that others link come first.
function(twx_install_library target)
  string(REPLACE twx_ "" name ${target})
  add_library(twx::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} INTERFACE cxx_std_20)
  # <twx/reactor/reactor.h> for users, "reactor/reactor.h" as our headers include each other.
  install(TARGETS ${target} EXPORT twxTargets COMPONENT development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${CMAKE_INSTALL_INCLUDEDIR}/twx)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${PROJECT_SOURCE_DIR}
    OUTPUT_VARIABLE folder)
  set_property(GLOBAL APPEND PROPERTY TWX_INSTALLED_FOLDERS ${folder})
  set_property(GLOBAL APPEND PROPERTY TWX_INSTALLED_LIBS -l${target})
endfunction()

# After all libraries.
function(twx_install_package)
  get_property(folders GLOBAL PROPERTY TWX_INSTALLED_FOLDERS)
  list(REMOVE_DUPLICATES folders)
  install(CODE "
    set(source \"${PROJECT_SOURCE_DIR}\")
    set(folders \"${folders}\")
    set(destination \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}/twx\")
    include(\"${PROJECT_SOURCE_DIR}/cmake/install_headers.cmake\")" COMPONENT development)

  configure_package_config_file(cmake/twxConfig.cmake.in twxConfig.cmake
    INSTALL_DESTINATION ${TWX_INSTALL_CMAKE})
  write_basic_package_version_file(twxConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(EXPORT twxTargets NAMESPACE twx:: DESTINATION ${TWX_INSTALL_CMAKE}
    COMPONENT development)
  install(FILES ${PROJECT_BINARY_DIR}/twxConfig.cmake ${PROJECT_BINARY_DIR}/twxConfigVersion.cmake
    DESTINATION ${TWX_INSTALL_CMAKE} COMPONENT development)

  get_property(libs GLOBAL PROPERTY TWX_INSTALLED_LIBS)
  list(REVERSE libs)
  list(JOIN libs " " libs)
  # Found from where the file itself is: what is installed may be moved.
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE prefix)
  configure_file(cmake/twx.pc.in twx.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/twx.pc DESTINATION ${TWX_INSTALL_PKGCONFIG}
    COMPONENT development)
endfunction()

# The manual: what describes the library belongs to it.
function(twx_install_manual)
  foreach(section IN ITEMS 1 3 7)
    if(section EQUAL 3)
      set(component development)
    else()
      set(component runtime)
    endif()
    install(DIRECTORY man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
      COMPONENT ${component} FILES_MATCHING PATTERN "*.${section}")
  endforeach()
endfunction()
