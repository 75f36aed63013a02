# Unit tests: test/unit/<module>/*_test.cpp makes the binary test_<module>, which links only that module (and json, to
# read vectors), the builders of test/support, and GoogleTest.
find_package(GTest REQUIRED)
find_package(LibLZMA REQUIRED)
# Properties of any input (*_properties_test.cpp); contrib/devtools/test-32bit goes without.
find_package(rapidcheck QUIET)
if(NOT rapidcheck_FOUND)
  message(WARNING "rapidcheck is not installed (contrib/install-deps.sh): the tests of properties are left out")
endif()

add_library(kepeng_test_support STATIC ${CMAKE_SOURCE_DIR}/test/support/vectors.cpp)
target_include_directories(kepeng_test_support PUBLIC ${CMAKE_SOURCE_DIR}/test)
target_compile_definitions(kepeng_test_support PRIVATE KEPENG_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
target_link_libraries(kepeng_test_support PUBLIC rapidjson_package GTest::gtest LibLZMA::LibLZMA kepeng_base PRIVATE kepeng_warnings)

get_property(modules GLOBAL PROPERTY KEPENG_MODULES)
foreach(module IN LISTS modules)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/unit/${module}/*_test.cpp)
  if(NOT rapidcheck_FOUND)
    list(FILTER sources EXCLUDE REGEX "_properties_test\\.cpp$")
  endif()
  if(NOT sources)
    continue()
  endif()
  add_executable(test_${module} ${sources})
  target_link_libraries(test_${module} PRIVATE kepeng_${module} kepeng_test_support kepeng_warnings GTest::gtest_main GTest::gmock)
  target_include_directories(test_${module} PRIVATE ${CMAKE_SOURCE_DIR}/src/${module})
  add_test(NAME ${module} COMMAND test_${module} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endforeach()

if(rapidcheck_FOUND)
  foreach(module cluster mempool)
    target_link_libraries(test_${module} PRIVATE rapidcheck)
  endforeach()
endif()

# Several nodes in one process, from one seed: test/simulation.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/simulation/*.cpp)
add_executable(test_simulation ${sources})
target_link_libraries(test_simulation PRIVATE kepeng_gossip kepeng_validation kepeng_mempool_service kepeng_peering kepeng_test_support kepeng_warnings fmt::fmt
                                              GTest::gtest_main)
add_test(NAME simulation COMMAND test_simulation WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
