# kepeng_module(<name> [dependency ...] [PURE] [EXTERNAL target ...])
#
# Declares one module: the library kepeng_<name> from src/<name>/*.cpp, with public headers in include/kepeng/<name>/.
# Each module has an include root of its own in the build tree (one symbolic link), so a module that is not named among
# the dependencies cannot be included: the compiler does not find it. A dependency must be declared above, so a cycle
# stops the configure step. PURE modules have no exceptions. EXTERNAL targets stay behind the module's sources.
function(kepeng_module name)
  cmake_parse_arguments(ARG "PURE" "" "EXTERNAL" ${ARGN})
  set(root ${CMAKE_BINARY_DIR}/include-roots/${name})
  file(MAKE_DIRECTORY ${root}/kepeng)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/include/kepeng/${name} ${root}/kepeng/${name} SYMBOLIC)

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  set(library kepeng_${name})
  if(sources)
    add_library(${library} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${library} PRIVATE kepeng_warnings ${ARG_EXTERNAL})
    target_include_directories(${library} PRIVATE ${CMAKE_SOURCE_DIR}/src/${name})
    if(ARG_PURE)
      target_compile_options(${library} PRIVATE -fno-exceptions)
    endif()
  else()
    add_library(${library} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${library} ${scope} ${root})
  foreach(dependency IN LISTS ARG_UNPARSED_ARGUMENTS)
    if(NOT TARGET kepeng_${dependency})
      message(FATAL_ERROR "module ${name} names ${dependency}, which is not declared above it in src/modules.cmake")
    endif()
    target_link_libraries(${library} ${scope} kepeng_${dependency})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY KEPENG_MODULES ${name})
endfunction()

# kepeng_program(<binary> <source> module ...): one executable of src/bin.
function(kepeng_program name source)
  add_executable(${name} ${CMAKE_SOURCE_DIR}/src/bin/${source})
  target_link_libraries(${name} PRIVATE kepeng_warnings)
  foreach(module IN LISTS ARGN)
    target_link_libraries(${name} PRIVATE kepeng_${module})
  endforeach()
endfunction()
