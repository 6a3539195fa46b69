# Half of the time that a source takes to compile goes into reading the same headers. For builds that
# only serve tests: GCC 12 then sees trouble in the standard library's own code, and a source that
# forgot to include something goes unnoticed.
option(TWX_PRECOMPILED "Read common headers once" OFF)

# twx_precompiled(TARGET [REUSED_FROM]): flags that change code are the same in both.
function(twx_precompiled target)
  if(NOT TWX_PRECOMPILED)
    return()
  endif()
  if(ARGC GREATER 1)
    target_precompile_headers(${target} REUSE_FROM ${ARGV1})
  else()
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/reactor/precompiled.h)
  endif()
  # The first is for ccache.
  target_compile_options(${target} PRIVATE "$<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess;\
-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>")
endfunction()
