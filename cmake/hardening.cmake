# What makes a fault in memory harder to use, as far as compiler and linker know it. A sanitizer finds
# such faults itself, and needs the calls as they are written.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckLinkerFlag)
include(CheckPIESupported)

option(CLTRAIN_HARDENING "Build with PIE, RELRO, stack protector and checked calls of the C library" ON)
check_pie_supported(LANGUAGES C)

set(hardening_options "")
set(hardening_link_options "")
if(CLTRAIN_HARDENING AND NOT CLTRAIN_SANITIZE)
  foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection -Wformat-security)
    string(MAKE_C_IDENTIFIER "CLTRAIN_HAS${flag}" known)
    check_c_compiler_flag(${flag} ${known})
    if(${known})
      list(APPEND hardening_options ${flag})
    endif()
  endforeach()
  # A C library that does not know level 3 warns. The checks need an optimised build, and take the
  # place of what a distribution's own flags may say.
  set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
  check_c_source_compiles("#include <string.h>\nint main(void) { return 0; }" CLTRAIN_HAS_FORTIFY_3)
  unset(CMAKE_REQUIRED_FLAGS)
  set(level 2)
  if(CLTRAIN_HAS_FORTIFY_3)
    set(level 3)
  endif()
  list(APPEND hardening_options
       $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=${level}>)
  foreach(flag -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
    string(MAKE_C_IDENTIFIER "CLTRAIN_HAS${flag}" known)
    check_linker_flag(C ${flag} ${known})
    if(${known})
      list(APPEND hardening_link_options ${flag})
    endif()
  endforeach()
endif()

# Part of cltrain_compile_options().
function(cltrain_harden target)
  target_compile_options(${target} PRIVATE ${hardening_options})
  target_link_options(${target} PRIVATE ${hardening_link_options})
endfunction()
