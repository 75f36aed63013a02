// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <atomic>
#include <future>
#include <thread>

#include <kepeng/base/simulated_disk.h>

#include "support/chain_builder.h"
#include "support/engine_node.h"
#include "support/vectors.h"

namespace kepeng::validation {
namespace {

params::NetworkChoice choose(params::Network network) {
  params::NetworkChoice choice;
  choice.network = network;
  return choice;
}

struct ChainFile {
  params::Network network;
  const char* file;
  Height height;
  const char* tip;
};

class RealChain : public testing::TestWithParam<ChainFile> {};

// Every contiguous run of real blocks, on its own network: height and hash are those of the MANIFEST, and a second
// start finds them again.
TEST_P(RealChain, C126_ImportsAndSurvivesARestart) {
  KEPENG_NEED_VECTORS();
  const ChainFile& run = GetParam();
  Node node{choose(run.network)};
  {
    auto engine = node.open();
    const auto imported = engine->import_file(test::shared_path(run.file), go_on);
    ASSERT_TRUE(imported.ok()) << imported.error().message;
    EXPECT_EQ(engine->view()->height(), run.height);
    EXPECT_EQ(engine->view()->tip()->hash.to_string(), run.tip);
    EXPECT_EQ(imported->unusable, 0u);
    ASSERT_TRUE(engine->close().ok());
  }
  auto engine = node.open();
  ASSERT_NE(engine, nullptr);
  EXPECT_EQ(engine->view()->tip()->hash.to_string(), run.tip);
}

INSTANTIATE_TEST_SUITE_P(
    Runs, RealChain,
    testing::Values(ChainFile{params::Network::Main, "chain/contiguous/main_0_3499.dat", 3499,
                              "00000000fcef3095a50563a76370837f90b87d0bfc060a8bd4effd23b1de4225"},
                    ChainFile{params::Network::Testnet3, "chain/contiguous/testnet3_0_300.dat", 300,
                              "00000000de1172b377b2f66070880e141c8ba257140eef62d93504e5ac908b52"},
                    ChainFile{params::Network::Signet, "chain/contiguous/signet_0_90.dat", 90,
                              "0000013cdc32121500e7146cc574555aa01a71e68d1c69f44b1047b5eb676099"},
                    ChainFile{params::Network::Regtest, "chain/regtest/core_kernel_206.dat", 206,
                              "26eb826bf82873f8233128080033dc0e115ad4756d71542494a4c0833d4c974e"},
                    ChainFile{params::Network::Main, "chain/regtest/main_alt_1_2016.dat", 2016,
                              "000000000c806553811fd3e6c40bc9c279db53643da7d3b401a9882c074c24b2"}));

TEST(RealChains, AnAlternativeMainChainReorganisesAsWorkSays) {
  KEPENG_NEED_VECTORS();
  Node node{choose(params::Network::Main)};
  auto engine = node.open();
  ASSERT_TRUE(engine->import_file(test::shared_path("chain/regtest/main_alt_1_2016.dat"), go_on).ok());
  EXPECT_EQ(engine->view()->height(), 2016);
  // 3,499 blocks of difficulty 1 have more work than 2,015 of 1 and one of 4.
  ASSERT_TRUE(engine->import_file(test::shared_path("chain/contiguous/main_0_3499.dat"), go_on).ok());
  EXPECT_EQ(engine->view()->height(), 3499);
  ASSERT_TRUE(engine->invalidate(engine->view()->at(1)).ok());
  EXPECT_EQ(engine->view()->height(), 2016);
  EXPECT_EQ(engine->view()->tip()->hash.to_string(),
            "000000000c806553811fd3e6c40bc9c279db53643da7d3b401a9882c074c24b2");
}

// The reader sleeps because it is as far ahead as it may be, and nobody will ever take what it has read.
TEST(Import, D04_AFaultWakesAReaderThatWaitsForItsWindow) {
  constexpr int kBlocks = 130;  // more bytes than may be on their way or kept
  SimulatedDisk disk;
  Logger log;
  Clock clock;
  const auto network = params::make_network(choose(params::Network::Regtest)).value();
  BlockPtr first;
  {
    test::ChainBuilder chain{network};
    for (int i = 0; i < kBlocks; ++i) {
      test::BlockDraft draft = chain.draft();
      draft.coinbase().outputs.push_back({Amount{0}, Bytes(900'000, 0x6a)});
      chain.accept(draft.finish());
    }
    first = chain.blocks()[1];
    ASSERT_TRUE(
        disk.open_write("/chain.dat", WriteMode::Truncate).value()->append(test::framed(network, chain.blocks())));
  }
  ASSERT_TRUE(disk.make_directory("/data").ok());
  EngineOptions options;
  options.data_directory = "/data";
  options.blocks_directory = "/data/blocks";
  options.script_threads = 2;
  auto engine = Engine::open({disk, log, clock, network}, options).value();
  std::atomic<int> read{0};
  const auto until_the_reader_stands = [&] {
    for (int before = -1; read != before;) {
      before = read;
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
  };
  // Both are called by the chain thread, which takes nothing meanwhile.
  std::promise<void> held;
  const auto on_taken = [&](const SubmitOutcome&) {
    held.set_value();
    until_the_reader_stands();
    disk.fail_at(1, DiskFailure::SyncError);
  };
  engine->subscribe([&](const ChainEvent&) { until_the_reader_stands(); });
  auto import = std::async(std::launch::async, [&] {
    return engine->import_file("/chain.dat", [&](const ImportProgress&) {
      if (++read == 1) engine->hand_in(first, on_taken);
      return true;
    });
  });
  held.get_future().wait();
  EXPECT_FALSE(engine->flush().ok());
  EXPECT_EQ(import.wait_for(std::chrono::seconds{30}), std::future_status::ready);
  EXPECT_LT(read, kBlocks);
  EXPECT_TRUE(engine->fault());
  engine->interrupt_waiters();  // lets the reader go if the fault did not
  EXPECT_FALSE(import.get().ok());
}

}  // namespace
}  // namespace kepeng::validation
