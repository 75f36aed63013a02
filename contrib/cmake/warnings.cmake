# Warnings are errors in every build of ours; third-party headers are included as SYSTEM.
add_library(kepeng_warnings INTERFACE)
target_compile_options(kepeng_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wextra-semi
  -Wimplicit-fallthrough -Wswitch -Wundef -Wvla -Werror
  # g++ 12 reports std::variant members that are never read uninitialized.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)

# Optimised, g++ 12 also reports overflows and overreads in code that std::vector never reaches.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS MATCHES "-O[23]")
  target_compile_options(kepeng_warnings INTERFACE
    -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-restrict)
endif()
