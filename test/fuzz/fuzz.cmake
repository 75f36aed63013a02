# Fuzz targets. test/fuzz/<module>[_<part>]_targets.cpp hold those of one module, which link only that module; the table
# below names them. With KEPENG_FUZZ (clang) each becomes the libFuzzer binary fuzz_<target>; with KEPENG_TESTS the binary
# test_fuzz replays them all. Run them with contrib/devtools/fuzz.
add_library(kepeng_fuzz_support OBJECT ${CMAKE_SOURCE_DIR}/test/fuzz/targets.cpp ${CMAKE_SOURCE_DIR}/test/fuzz/allocations.cpp)
target_link_libraries(kepeng_fuzz_support PRIVATE kepeng_base kepeng_warnings)

function(kepeng_fuzz_targets module)
  set(objects fuzz_objects_${module})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/fuzz/${module}_targets.cpp
       ${CMAKE_SOURCE_DIR}/test/fuzz/${module}_*_targets.cpp)
  add_library(${objects} OBJECT ${sources})
  target_link_libraries(${objects} PUBLIC kepeng_${module} PRIVATE kepeng_warnings)
  target_include_directories(${objects} PRIVATE ${CMAKE_SOURCE_DIR}/src/${module}
                             ${CMAKE_SOURCE_DIR}/test)
  set_property(GLOBAL APPEND PROPERTY KEPENG_FUZZ_OBJECTS ${objects})
  if(KEPENG_FUZZ)
    foreach(target IN LISTS ARGN)
      add_executable(fuzz_${target} ${CMAKE_SOURCE_DIR}/test/fuzz/driver.cpp)
      target_compile_definitions(fuzz_${target} PRIVATE KEPENG_FUZZ_TARGET="${target}")
      target_link_libraries(fuzz_${target} PRIVATE ${objects} kepeng_fuzz_support kepeng_base kepeng_warnings)
      target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()

kepeng_fuzz_targets(base        text_codecs)
kepeng_fuzz_targets(crypto      ciphers bip324 sha256 muhash)
kepeng_fuzz_targets(primitives  block transaction header target block_filter)
kepeng_fuzz_targets(wire        message compact_block bloom_filter peer_endpoint)
kepeng_fuzz_targets(script      script spend der_signature script_text script_number)
kepeng_fuzz_targets(consensus   partial_merkle_tree block_rules)
kepeng_fuzz_targets(storage     varint coin undo block_index_record file_info chainstate_marker block_scanner
                                snapshot_file leveldb_logs)
kepeng_fuzz_targets(descriptor  base58 bech32 address descriptor extended_key psbt
                                output_descriptor)
kepeng_fuzz_targets(cluster     linearization)
kepeng_fuzz_targets(mempool     package mempool_file)
kepeng_fuzz_targets(gossip      asmap peers_file address_book conversation header_sync header_presync orphanage
                                transaction_requests private_broadcast)
kepeng_fuzz_targets(net         endpoint socks5 sam_stream transport_v1 transport_v2_stranger transport_v2_session)
kepeng_fuzz_targets(reach       tor_talk i2p_talk port_mapping routes)
kepeng_fuzz_targets(fees        fee_estimates)
kepeng_fuzz_targets(json        json amount)
kepeng_fuzz_targets(peer_files  banlist_json)
kepeng_fuzz_targets(http        http_head http_subnet)
kepeng_fuzz_targets(config      command_line config_file settings_file)

if(KEPENG_TESTS)
  get_property(objects GLOBAL PROPERTY KEPENG_FUZZ_OBJECTS)
  add_executable(test_fuzz ${CMAKE_SOURCE_DIR}/test/fuzz/replay_test.cpp)
  target_link_libraries(test_fuzz PRIVATE ${objects} kepeng_fuzz_support kepeng_warnings GTest::gtest_main)
  add_test(NAME fuzz COMMAND test_fuzz WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endif()
