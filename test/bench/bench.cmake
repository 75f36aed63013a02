# Benchmarks: test/bench/<module>_bench.cpp makes the binary bench_<module>, which links only that module and Google
# Benchmark. Build them optimised: -DKEPENG_BENCH=ON -DCMAKE_BUILD_TYPE=Release.
find_package(benchmark REQUIRED)

get_property(modules GLOBAL PROPERTY KEPENG_MODULES)
foreach(module IN LISTS modules)
  set(source ${CMAKE_SOURCE_DIR}/test/bench/${module}_bench.cpp)
  if(NOT EXISTS ${source})
    continue()
  endif()
  add_executable(bench_${module} ${source})
  target_link_libraries(bench_${module} PRIVATE kepeng_${module} kepeng_warnings benchmark::benchmark_main)
endforeach()

# The whole engine on a chain file; see contrib/devtools/bench-import.
add_executable(bench_import ${CMAKE_SOURCE_DIR}/test/bench/import_main.cpp)
target_link_libraries(bench_import PRIVATE kepeng_validation kepeng_warnings fmt::fmt)

# A mempool on a real engine: admission, templates, a full block of what it holds.
add_executable(bench_admission ${CMAKE_SOURCE_DIR}/test/bench/admission_main.cpp)
target_include_directories(bench_admission PRIVATE ${CMAKE_SOURCE_DIR}/test)
target_link_libraries(bench_admission PRIVATE kepeng_mempool_service kepeng_mining kepeng_warnings fmt::fmt)
