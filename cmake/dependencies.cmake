# Every dependency by pkg-config, and the Debian package that brings a missing one.
find_package(PkgConfig)
if(NOT PkgConfig_FOUND)
  message(FATAL_ERROR "cltrain needs pkg-config: install the Debian package pkg-config "
                      "(apt-get install pkg-config)")
endif()

function(cltrain_dependency target module package)
  pkg_check_modules(${target} IMPORTED_TARGET GLOBAL ${module})
  if(NOT ${target}_FOUND)
    message(FATAL_ERROR "cltrain needs ${module}: install the Debian package ${package} "
                        "(apt-get install ${package})")
  endif()
endfunction()

cltrain_dependency(OPENCL OpenCL ocl-icd-opencl-dev)
cltrain_dependency(CLBLAST clblast libclblast-dev)
cltrain_dependency(LIBCONFIG libconfig libconfig-dev)
cltrain_dependency(JANSSON jansson libjansson-dev)
cltrain_dependency(ZLIB zlib zlib1g-dev)
cltrain_dependency(XXHASH libxxhash libxxhash-dev)
cltrain_dependency(PNG libpng libpng-dev)
cltrain_dependency(JPEG libjpeg libjpeg62-turbo-dev)
if(CLTRAIN_TESTS)
  cltrain_dependency(CMOCKA cmocka libcmocka-dev)
endif()
