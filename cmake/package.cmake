# The shared library libcltrain, made of every module's objects, and what `cmake --install` writes.
# Everything is compiled with hidden visibility: only what a public header marks CLT_API is exported.
include(CMakePackageConfigHelpers)

get_property(modules GLOBAL PROPERTY CLTRAIN_MODULES)
add_library(libcltrain SHARED)
foreach(module IN LISTS modules ITEMS clt_kernels)
  target_sources(libcltrain PRIVATE $<TARGET_OBJECTS:${module}>)
endforeach()
add_library(cltrain::cltrain ALIAS libcltrain)
set_target_properties(libcltrain PROPERTIES
  OUTPUT_NAME cltrain
  EXPORT_NAME cltrain
  LINKER_LANGUAGE C
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR})
target_include_directories(libcltrain INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(libcltrain PRIVATE
  PkgConfig::OPENCL PkgConfig::CLBLAST PkgConfig::LIBCONFIG PkgConfig::JANSSON PkgConfig::ZLIB
  PkgConfig::XXHASH PkgConfig::PNG PkgConfig::JPEG m)
set(map ${CMAKE_CURRENT_LIST_DIR}/cltrain.map)
target_link_options(libcltrain PRIVATE -Wl,--version-script=${map})
set_target_properties(libcltrain PROPERTIES LINK_DEPENDS ${map})
cltrain_compile_options(libcltrain)

# The way from lib/pkgconfig up to the prefix, so that an installed tree may be moved.
file(RELATIVE_PATH CLTRAIN_PC_TO_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" CLTRAIN_PC_TO_PREFIX "${CLTRAIN_PC_TO_PREFIX}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/cltrain.pc.in ${PROJECT_BINARY_DIR}/cltrain.pc @ONLY)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cltrain)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cltrain-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(TARGETS libcltrain EXPORT cltrain-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT cltrain-targets FILE cltrain-config.cmake NAMESPACE cltrain::
        DESTINATION ${package_dir})
install(FILES ${PROJECT_BINARY_DIR}/cltrain-config-version.cmake DESTINATION ${package_dir})
install(FILES ${PROJECT_BINARY_DIR}/cltrain.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY include/cltrain DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
if(TARGET cltrain)
  install(TARGETS cltrain RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${PROJECT_BINARY_DIR}/cltrain.manual DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
          RENAME cltrain.1)
  install(FILES ${PROJECT_BINARY_DIR}/cltrain.completion
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME cltrain)
endif()
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs
        FILES_MATCHING PATTERN *.md PATTERN *.png)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/cltrain
        FILES_MATCHING PATTERN *.cfg)
