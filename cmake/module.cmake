# cltrain_module(NAME SOURCES file... USES target...)
# One host folder as a static library clt_NAME. Its headers are seen by those that list it in USES,
# and by nobody else, so that an include against the architecture's arrows does not compile. What is
# listed here is part of the shared library as well (package.cmake).
function(cltrain_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(clt_${name} STATIC ${ARG_SOURCES})
  target_include_directories(clt_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(clt_${name} PUBLIC ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES})
  cltrain_compile_options(clt_${name})
  set_property(GLOBAL APPEND PROPERTY CLTRAIN_MODULES clt_${name})
endfunction()

function(cltrain_compile_options target)
  target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion)
  if(CLTRAIN_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  cltrain_harden(${target})
  if(CLTRAIN_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${CLTRAIN_SANITIZE}
                           -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${CLTRAIN_SANITIZE})
  endif()
endfunction()
