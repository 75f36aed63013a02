// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The engine on a simulated disk that loses power (T-01) or fails (T-02) at any operation: the next start finds a state
// that was once valid, nothing that was flushed is lost, no block is condemned, and the same blocks lead to the same
// coins.
#include <kepeng/base/random.h>
#include <kepeng/base/simulated_disk.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/storage/block_scanner.h>

#include "support/chain_builder.h"
#include "support/engine_node.h"
#include "support/vectors.h"

namespace kepeng::validation {
namespace {

constexpr std::size_t kBlocks = 206;

std::vector<BlockPtr> read_blocks() {
  std::vector<BlockPtr> blocks;
  const Bytes file = test::read_shared("chain/regtest/core_kernel_206.dat");
  for (std::size_t at = 0; at + 8 <= file.size();) {
    const auto size = load_le<std::uint32_t>(file.data() + at + 4);
    blocks.push_back(parse_block(Bytes(file.begin() + static_cast<std::ptrdiff_t>(at + 8),
                                       file.begin() + static_cast<std::ptrdiff_t>(at + 8 + size)))
                         .value());
    at += 8 + size;
  }
  EXPECT_EQ(blocks.size(), kBlocks);
  return blocks;
}

// A machine whose disk outlives the engine.
struct Machine {
  SimulatedDisk disk;
  Logger log;
  Clock clock;
  params::NetworkParams network;
  EngineOptions options;
  Height flushed = 0;  // the promise: at least this is found again

  Machine() : network{make()} {
    options.data_directory = "/data/regtest";
    options.blocks_directory = "/data/regtest/blocks";
    options.script_threads = 1;
    options.cache_bytes = 1 << 18;
    options.flush_interval_seconds = 1'000'000;
    EXPECT_TRUE(disk.make_directory("/data").ok());
    EXPECT_TRUE(disk.sync_directory("/").ok());
  }
  static params::NetworkParams make() {
    params::NetworkChoice choice;
    choice.network = params::Network::Regtest;
    return params::make_network(choice).value();
  }
  Result<std::unique_ptr<Engine>, Fault> open() { return Engine::open({disk, log, clock, network}, options); }
};

// Feeds blocks, flushes now and then, and turns back for a while; until the end or the first fault.
Result<Unit, Fault> work(Machine& machine, Engine& engine, const std::vector<BlockPtr>& blocks, Prng& random) {
  for (std::size_t i = static_cast<std::size_t>(engine.view()->height()); i < blocks.size(); ++i) {
    KP_TRY(const SubmitOutcome outcome, engine.submit(blocks[i]));
    EXPECT_FALSE(outcome.rejection) << "block " << i + 1 << ": " << outcome.rejection->reason();
    if (random.below(9) == 0) {
      KP_TRY_VOID(engine.flush());
      machine.flushed = engine.view()->height();
    }
    if (i > 10 && random.below(40) == 0) {
      const chain::Entry* entry = engine.view()->at(engine.view()->height() - static_cast<Height>(random.below(8)));
      machine.flushed = std::min(machine.flushed, entry->height - 1);
      KP_TRY_VOID(engine.invalidate(entry));
      if (random.below(2) == 0) KP_TRY_VOID(engine.flush());
      KP_TRY_VOID(engine.reconsider(entry));
    }
  }
  return Unit{};
}

std::string coins_hash(Engine& engine) {
  auto snapshot = engine.coin_snapshot();
  EXPECT_TRUE(snapshot.ok());
  crypto::Sha256 hash;
  std::uint64_t count = 0;
  const std::uint8_t prefix = storage::kCoinPrefix;
  for (snapshot->coins->seek({&prefix, 1}); snapshot->coins->valid(); snapshot->coins->next()) {
    if (snapshot->coins->key()[0] != prefix) break;
    hash.write(snapshot->coins->key()).write(snapshot->coins->value());
    ++count;
  }
  return std::to_string(count) + ":" + display_hash(hash.finalize());
}

// The undisturbed run: what the coins are in the end, and how many operations the disk saw.
struct Reference {
  std::string coins;
  std::uint64_t operations = 0;
};

Reference undisturbed(const std::vector<BlockPtr>& blocks, std::uint64_t seed) {
  Machine machine;
  Prng random{seed};
  auto engine = machine.open();
  EXPECT_TRUE(engine.ok());
  EXPECT_TRUE(work(machine, **engine, blocks, random).ok());
  Reference reference{coins_hash(**engine), machine.disk.operations()};
  EXPECT_TRUE((*engine)->close().ok());
  return reference;
}

// After the disturbance: open, look, finish the work, compare.
void finish(Machine& machine, const std::vector<BlockPtr>& blocks, const Reference& reference,
            const std::string& what) {
  SCOPED_TRACE(what);
  auto engine = machine.open();
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  // A first run that never flushed its index: the node reads its block files before anything else.
  if ((*engine)->is_reindexing()) {
    ASSERT_TRUE((*engine)->import_block_files([](const ImportProgress&) { return true; }).ok());
  }
  ASSERT_TRUE((*engine)->activate_best_chain().ok());
  EXPECT_GE((*engine)->view()->height(), machine.flushed);
  for (const BlockPtr& block : blocks) {
    const chain::Entry* entry = (*engine)->find(block->hash());
    if (entry != nullptr) {
      // A crash between `invalidate` and `reconsider` may leave the operator's own mark: take it back, as he would.
      if (entry->is_failed) {
        ASSERT_TRUE((*engine)->reconsider(entry).ok());
      }
      EXPECT_FALSE(entry->is_invalid());
    }
  }
  Prng random{99};
  const auto worked = work(machine, **engine, blocks, random);
  ASSERT_TRUE(worked.ok()) << worked.error().message;
  EXPECT_EQ((*engine)->view()->height(), static_cast<Height>(kBlocks));
  EXPECT_EQ(coins_hash(**engine), reference.coins);
  EXPECT_TRUE((*engine)->close().ok());
}

// Obfuscation keys are random, so the reference hashes values in the clear: the iterator gives them so.
TEST(Crash, T01_D01_D02_D03_PowerLossAtAnyOperation) {
  KEPENG_NEED_VECTORS();
  const auto blocks = read_blocks();
  const Reference reference = undisturbed(blocks, 1);
  const std::uint64_t seeds =
      std::getenv("KEPENG_CRASHES") != nullptr ? std::stoull(std::getenv("KEPENG_CRASHES")) : 60;
  for (std::uint64_t seed = 1; seed <= seeds && !testing::Test::HasFailure(); ++seed) {
    Machine machine;
    Prng random{seed};
    machine.disk.fail_at(1 + random.below(reference.operations), DiskFailure::PowerLoss);
    if (auto engine = machine.open(); engine.ok()) {
      const auto worked = work(machine, **engine, blocks, random);
      static_cast<void>(worked);
    }
    machine.disk.crash(seed);
    finish(machine, blocks, reference, "seed " + std::to_string(seed));
  }
}

class Failing : public testing::TestWithParam<DiskFailure> {};

TEST_P(Failing, T02_D04_D05_C114_TheNthOperationFails) {
  KEPENG_NEED_VECTORS();
  const auto blocks = read_blocks();
  const Reference reference = undisturbed(blocks, 1);
  constexpr std::uint64_t kRuns = 30;
  const std::uint64_t stride = reference.operations / kRuns + 1;
  for (std::uint64_t nth = 1; nth < reference.operations && !testing::Test::HasFailure(); nth += stride) {
    Machine machine;
    Prng random{1};
    machine.disk.fail_at(nth, GetParam());
    if (auto engine = machine.open(); engine.ok()) {
      const auto worked = work(machine, **engine, blocks, random);
      // Either it went on, or it stopped with a fault that says why.
      if (!worked) {
        EXPECT_FALSE(worked.error().message.empty());
      }
    }
    machine.disk.clear_failure();
    machine.disk.restart();
    finish(machine, blocks, reference, "operation " + std::to_string(nth));
  }
}

// The node stops while there is still room for its end, says where and how much, and goes on when there is more.
TEST(Crash, D05_T07_LowSpaceIsACleanStop) {
  KEPENG_NEED_VECTORS();
  const auto blocks = read_blocks();
  const Reference reference = undisturbed(blocks, 1);
  Machine machine;
  machine.disk.set_capacity(80u << 20);  // block and undo files take room in steps
  Prng random{1};
  {
    auto engine = machine.open();
    ASSERT_TRUE(engine.ok()) << engine.error().message;
    const auto worked = work(machine, **engine, blocks, random);
    ASSERT_FALSE(worked.ok());
    EXPECT_EQ(worked.error().kind, FaultKind::DiskFull);
    EXPECT_NE(worked.error().message.find("/data/regtest"), std::string::npos) << worked.error().message;
    EXPECT_NE(worked.error().message.find("64 MiB are needed"), std::string::npos) << worked.error().message;
  }
  machine.disk.set_capacity(1u << 30);
  finish(machine, blocks, reference, "with more space");
}

// Power is lost in a flush, the next run leaves the branch that was being written, and power is lost in its flush too:
// nothing of the first branch may stay among the coins, wherever the two losses fall.
TEST(Crash, D03_TwoInterruptedFlushesOnTwoBranches) {
  const auto network = Machine::make();
  test::ChainBuilder left{network};
  left.extend_by(8);
  test::ChainBuilder right{network};
  for (std::size_t at = 1; at < left.blocks().size(); ++at) right.accept(left.blocks()[at]);
  left.extend_by(3);
  test::BlockDraft other = right.draft();
  other.coinbase().outputs[0].script_pubkey = {0x52};
  right.accept(other.finish());
  right.extend_by(4);
  const auto give = [](Engine& engine, const test::ChainBuilder& chain, std::size_t from) {
    for (std::size_t at = from; at < chain.blocks().size(); ++at) {
      if (!engine.submit(chain.blocks()[at]).ok()) return;
    }
  };
  const auto run = [&](std::uint64_t first_loss, std::uint64_t second_loss) {
    Machine machine;
    std::uint64_t longest = 0;
    {
      auto engine = machine.open().value();
      give(*engine, left, 1);
      EXPECT_TRUE(engine->invalidate(engine->view()->at(9)).ok());
      EXPECT_TRUE(engine->flush().ok());
      EXPECT_TRUE(engine->reconsider(engine->find(left.blocks()[9]->hash())).ok());
      const std::uint64_t before = machine.disk.operations();
      machine.disk.fail_at(first_loss, DiskFailure::PowerLoss);
      static_cast<void>(engine->flush());
      longest = machine.disk.operations() - before;
    }
    machine.disk.clear_failure();
    machine.disk.crash(first_loss);
    if (auto engine = machine.open(); engine.ok()) {
      give(**engine, left, 9);
      give(**engine, right, 9);
      machine.disk.fail_at(second_loss, DiskFailure::PowerLoss);
      static_cast<void>((*engine)->flush());
    }
    machine.disk.clear_failure();
    machine.disk.crash(second_loss);
    auto engine = machine.open().value();
    give(*engine, right, 9);
    // Blocks that are here already are told so at once, while the engine is still on its way to them.
    EXPECT_TRUE(engine->activate_best_chain().ok());
    EXPECT_EQ(engine->view()->tip()->hash, right.blocks().back()->hash());
    const std::string coins = coins_hash(*engine);
    EXPECT_TRUE(engine->close().ok());
    return std::pair{coins, longest};
  };
  constexpr std::uint64_t kNever = 1'000'000'000;
  const auto [expected, operations] = run(kNever, kNever);
  for (std::uint64_t first = 1; first <= operations; ++first) {
    for (std::uint64_t second = 1; second <= operations && !testing::Test::HasFailure(); ++second) {
      EXPECT_EQ(run(first, second).first, expected) << first << " and " << second;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Failing,
                         testing::Values(DiskFailure::IoError, DiskFailure::NoSpace, DiskFailure::Interrupted,
                                         DiskFailure::ShortWrite, DiskFailure::SyncError));

}  // namespace
}  // namespace kepeng::validation
