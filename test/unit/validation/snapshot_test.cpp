// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Starting from a snapshot of coins: which are accepted, how they are proven, what happens when they are wrong or when
// the power goes (C-122, B-131).
#include <kepeng/base/files.h>
#include <kepeng/base/random.h>
#include <kepeng/base/simulated_disk.h>
#include <kepeng/coins/coin_walk.h>
#include <kepeng/storage/snapshot_file.h>

#include <thread>

#include "support/chain_builder.h"
#include "support/engine_node.h"

namespace kepeng::validation {
namespace {

using test::ChainBuilder;

constexpr Height kBase = 120;
constexpr Height kTip = 126;
constexpr const char* kFile = "/snapshot.dat";
constexpr const char* kData = "/data/regtest";

// A node on a disk that is its own.
struct Machine {
  SimulatedDisk disk;
  Logger log;
  Clock clock;
  params::NetworkParams network = params::make_network({.network = params::Network::Regtest}).value();
  EngineOptions options;

  Machine() {
    network.snapshots.clear();
    options.data_directory = kData;
    options.blocks_directory = std::string{kData} + "/blocks";
    options.script_threads = 1;
    options.cache_bytes = 1 << 18;
    options.flush_interval_seconds = 1'000'000;
    EXPECT_TRUE(disk.make_directory("/data").ok());
    EXPECT_TRUE(disk.sync_directory("/").ok());
  }
  Result<std::unique_ptr<Engine>, Fault> open() { return Engine::open({disk, log, clock, network}, options); }
  bool has(const std::string& name) { return exists(disk, join_path(kData, name)).value(); }
};

using Coins = std::vector<std::pair<OutPoint, storage::Coin>>;

Coins coins_of(Engine& engine) {
  const CoinSnapshot snapshot = engine.coin_snapshot().value();
  coins::CoinWalk walk{snapshot.coins, nullptr};
  coins::CoinGroup group;
  Coins all;
  while (walk.next(group).value()) {
    for (const auto& item : group.coins) all.emplace_back(OutPoint{group.txid, item.index}, item.coin);
  }
  return all;
}

// A chain with payments, its coins at the base, and the file with them.
struct Chain {
  params::NetworkParams network = params::make_network({.network = params::Network::Regtest}).value();
  ChainBuilder builder{network};
  Coins at_base;
  params::SnapshotFact fact;

  Chain() {
    builder.extend_by(101);
    for (Height from = 1; builder.height() < kTip; ++from) {
      const auto coin = builder.coinbase_coin(from);
      builder.extend({builder.key().spend(
          {coin}, {{Amount{1'000}, builder.key().p2wpkh()}, {Amount{coin.value.sats - 1'000}, builder.key().p2tr()}})});
    }
    Machine machine;
    const auto engine = machine.open().value();
    for (Height at = 1; at <= kBase; ++at) EXPECT_FALSE(engine->submit(block(at))->rejection) << at;
    at_base = coins_of(*engine);
    fact = fact_for(*engine);
  }
  const BlockPtr& block(Height height) const { return builder.blocks()[static_cast<std::size_t>(height)]; }

  static params::SnapshotFact fact_for(Engine& engine) {
    const CoinSnapshot snapshot = engine.coin_snapshot().value();
    const auto totals = coins::total_coins({snapshot.coins, nullptr}, coins::CoinHash::Serialized, {}).value();
    const auto hash = decltype(params::SnapshotFact::hash_serialized)::from_bytes(totals.hash.data());
    return {snapshot.at->height, snapshot.at->hash, hash, snapshot.at->chain_transactions};
  }
};

const Chain& chain() {
  static const Chain made;
  return made;
}

void write_snapshot(Machine& machine, const Coins& coins) {
  const storage::SnapshotHeader header{machine.network.magic, chain().fact.block, coins.size()};
  auto writer = storage::SnapshotWriter::create(machine.disk, kFile, header).value();
  for (const auto& [outpoint, coin] : coins) ASSERT_TRUE(writer.add(outpoint, coin.view()).ok());
  ASSERT_TRUE(writer.finish().ok());
}

void submit_headers(Engine& engine, Height up_to = kTip) {
  for (Height at = 1; at <= up_to; ++at) ASSERT_TRUE(engine.submit_header(chain().block(at)->header())->ok());
}

Result<SnapshotLoaded, Fault> load(Machine& machine, Engine& engine) {
  KP_TRY(auto reader, storage::SnapshotReader::open(machine.disk, kFile));
  return engine.load_snapshot(reader, [](std::uint64_t) { return true; });
}

std::string refusal(Machine& machine, Engine& engine) {
  const auto loaded = load(machine, engine);
  return loaded ? "loaded" : loaded.error().message;
}

// False if the node stopped with a fault before.
bool wait_for_proof(Engine& engine) {
  for (int i = 0; i < 6000 && engine.snapshot_base() != nullptr; ++i) {
    if (engine.fault()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return engine.snapshot_base() == nullptr;
}

class Snapshot : public testing::Test {
 protected:
  Machine machine_;
  std::unique_ptr<Engine> engine_;

  void start() {
    auto engine = machine_.open();
    ASSERT_TRUE(engine.ok()) << engine.error().message;
    engine_ = std::move(engine).value();
  }
  void restart() {
    ASSERT_TRUE(engine_->close().ok());
    engine_.reset();
    start();
  }
  void submit(Height first, Height last) {
    for (Height at = first; at <= last; ++at) {
      const auto outcome = engine_->submit(chain().block(at));
      ASSERT_TRUE(outcome.ok()) << outcome.error().message;
      ASSERT_FALSE(outcome->rejection) << at << " " << outcome->rejection->reason();
    }
  }
  // Knows the headers and the file, whose coins are what the parameters name.
  void start_with(const Coins& coins, const params::SnapshotFact& fact) {
    machine_.network.snapshots = {fact};
    write_snapshot(machine_, coins);
    start();
    submit_headers(*engine_);
  }
};

TEST_F(Snapshot, C122_IsLoadedGoneOnFromAndProven) {
  start_with(chain().at_base, chain().fact);
  submit(1, 30);
  const auto loaded = load(machine_, *engine_);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->coins, chain().at_base.size());
  EXPECT_EQ(engine_->view()->height(), kBase);
  EXPECT_EQ(coins_of(*engine_), chain().at_base);
  submit(kBase + 1, kTip - 2);
  EXPECT_EQ(engine_->view()->height(), kTip - 2);

  // What was loaded stays through a stop, proven or not.
  restart();
  EXPECT_EQ(engine_->view()->height(), kTip - 2);
  const auto states = engine_->chainstates();
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[0].tip->height, 30);
  EXPECT_TRUE(states[0].is_validated);
  EXPECT_EQ(states[1].snapshot_base->height, kBase);
  EXPECT_FALSE(states[1].is_validated);
  EXPECT_EQ(refusal(machine_, *engine_), "Can't activate a snapshot-based chainstate more than once");

  // Blocks in any order; the tip goes on meanwhile.
  submit(80, kBase);
  submit(kTip - 1, kTip);
  EXPECT_EQ(engine_->view()->height(), kTip);
  submit(31, 79);
  ASSERT_TRUE(wait_for_proof(*engine_));
  EXPECT_EQ(engine_->chainstates().size(), 1u);
  EXPECT_TRUE(engine_->chainstates()[0].is_validated);
  EXPECT_EQ(engine_->view()->tip()->chain_transactions, chain().fact.chain_transactions + 2 * (kTip - kBase));

  restart();  // the proven coins take the place of the others
  EXPECT_TRUE(machine_.has("chainstate"));
  EXPECT_FALSE(machine_.has("chainstate_snapshot"));
  EXPECT_FALSE(machine_.has("chainstate_todelete"));
  EXPECT_EQ(engine_->view()->height(), kTip);
  EXPECT_EQ(engine_->chainstates()[0].snapshot_base, nullptr);
  // Below the base there is undo data now.
  ASSERT_TRUE(engine_->invalidate(engine_->view()->at(kBase - 5)).ok());
  EXPECT_EQ(engine_->view()->height(), kBase - 6);
  ASSERT_TRUE(engine_->reconsider(engine_->find(chain().block(kBase - 5)->hash())).ok());
  EXPECT_EQ(engine_->view()->height(), kTip);
}

TEST_F(Snapshot, C122_LeavesAnotherBranchForIt) {
  machine_.network.snapshots = {chain().fact};
  write_snapshot(machine_, chain().at_base);
  start();
  ChainBuilder other{chain().network};
  for (Height at = 1; at <= 40; ++at) other.accept(chain().block(at));
  other.rewind_to(20);
  other.extend_by(kBase - 1 - 20);
  for (Height at = 1; at < kBase; ++at) {
    ASSERT_FALSE(engine_->submit(other.blocks()[static_cast<std::size_t>(at)])->rejection);
  }
  submit_headers(*engine_);
  ASSERT_TRUE(load(machine_, *engine_).ok());
  EXPECT_EQ(engine_->chainstates().size(), 2u);
  EXPECT_FALSE(engine_->invalidate(engine_->view()->at(5)).ok());  // would take the ground away
  EXPECT_FALSE(engine_->fault());
  submit(21, kTip);
  ASSERT_TRUE(wait_for_proof(*engine_));
  EXPECT_EQ(engine_->view()->tip()->hash, chain().block(kTip)->hash());
}

TEST_F(Snapshot, C122_B131_OnlyWhatTheParametersNameAndOnlyWhereItHelps) {
  write_snapshot(machine_, chain().at_base);
  const std::string name = chain().fact.block.to_string();
  machine_.network.snapshots = {params::SnapshotFact{7, chain().block(7)->hash(), {}, 8}};
  start();
  EXPECT_EQ(refusal(machine_, *engine_), "assumeutxo block hash in snapshot metadata not recognized (hash: " + name +
                                             "). The following snapshot heights are available: 7");
  machine_.network.snapshots = {chain().fact};
  EXPECT_EQ(refusal(machine_, *engine_), "The base block header (" + name +
                                             ") must appear in the headers chain. Make sure all headers are syncing, "
                                             "and call loadtxoutset again");
  submit_headers(*engine_, kBase);
  ASSERT_TRUE(engine_->invalidate(engine_->find(chain().block(kBase - 1)->hash())).ok());
  EXPECT_EQ(refusal(machine_, *engine_), "The base block header (" + name + ") is part of an invalid chain");
  ASSERT_TRUE(engine_->reconsider(engine_->find(chain().block(kBase - 1)->hash())).ok());

  ChainBuilder other{chain().network};
  for (Height at = 1; at <= kBase; ++at) other.accept(chain().block(at));
  other.rewind_to(kBase - 1);
  other.extend_by(2);
  for (Height at = kBase; at <= kBase + 1; ++at) {
    ASSERT_TRUE(engine_->submit_header(other.blocks()[static_cast<std::size_t>(at)]->header())->ok());
  }
  EXPECT_EQ(refusal(machine_, *engine_),
            "A forked headers-chain with more work than the chain with the snapshot base "
            "block header exists. Please proceed to sync without AssumeUtxo");
  submit_headers(*engine_);
  submit(1, kBase);
  EXPECT_EQ(refusal(machine_, *engine_), "Population failed: Work does not exceed active chainstate");
  EXPECT_FALSE(machine_.has("chainstate_snapshot"));
  EXPECT_EQ(engine_->view()->height(), kBase);
}

TEST_F(Snapshot, C122_B131_OtherCoinsAreRefusedAndNothingIsLost) {
  start_with(chain().at_base, chain().fact);
  submit(1, 30);
  const Bytes good = read_file(machine_.disk, kFile, 1 << 20).value();
  const auto refused = [&](Bytes bytes) {
    EXPECT_TRUE(write_file_atomically(machine_.disk, kFile, bytes).ok());
    return refusal(machine_, *engine_);
  };
  constexpr std::size_t kHead = 51;
  Coins changed = chain().at_base;
  changed[3].second.value.sats += 1;
  ASSERT_TRUE(machine_.disk.remove(kFile).ok());
  write_snapshot(machine_, changed);
  EXPECT_TRUE(refusal(machine_, *engine_)
                  .starts_with("Population failed: Bad snapshot content hash: expected " +
                               chain().fact.hash_serialized.to_string() + ", got "));
  changed[3].second.value = Amount{kMaxMoney.sats + 1};
  ASSERT_TRUE(machine_.disk.remove(kFile).ok());
  write_snapshot(machine_, changed);
  EXPECT_EQ(refusal(machine_, *engine_),
            "Population failed: Bad snapshot data after deserializing 3 coins - bad tx out value");
  changed = chain().at_base;
  changed[0].second.height = kBase + 1;
  ASSERT_TRUE(machine_.disk.remove(kFile).ok());
  write_snapshot(machine_, changed);
  EXPECT_EQ(refusal(machine_, *engine_), "Population failed: Bad snapshot data after deserializing 0 coins");

  const std::string count = std::to_string(chain().at_base.size());
  Bytes bytes = good;
  --bytes[43];
  EXPECT_EQ(refused(bytes), "Population failed: Bad snapshot - coins left over after deserializing " +
                                std::to_string(chain().at_base.size() - 1) + " coins");
  bytes[43] += 2;
  EXPECT_EQ(refused(bytes),
            "Population failed: Bad snapshot format or truncated snapshot after deserializing " + count + " coins");
  bytes = good;
  bytes[kHead + 32] = 0xfc;  // more coins in one transaction than there are in all
  EXPECT_EQ(refused(bytes), "Population failed: Mismatch in coins count in snapshot metadata and actual snapshot data");

  EXPECT_FALSE(machine_.has("chainstate_snapshot"));
  EXPECT_EQ(engine_->chainstates().size(), 1u);
  submit(31, 40);
  EXPECT_EQ(refused(good), "loaded");
}

TEST_F(Snapshot, C122_CoinsThatTheBlocksDoNotLeadToAreGivenUp) {
  Coins wrong = chain().at_base;
  wrong[3].second.value.sats += 1;
  params::SnapshotFact fact = chain().fact;
  {  // parameters that name the wrong coins
    Machine machine;
    machine.network.snapshots = {fact};
    write_snapshot(machine, wrong);
    const auto engine = machine.open().value();
    submit_headers(*engine);
    const std::string why = refusal(machine, *engine);
    fact.hash_serialized = *decltype(fact.hash_serialized)::from_string(why.substr(why.size() - 64));
  }
  start_with(wrong, fact);
  ASSERT_TRUE(load(machine_, *engine_).ok());
  submit(kBase + 1, kTip);
  for (Height at = 1; at <= kBase; ++at) static_cast<void>(engine_->submit(chain().block(at)));
  EXPECT_FALSE(wait_for_proof(*engine_));
  EXPECT_NE(engine_->fault()->message.find("the blocks lead to other coins"), std::string::npos);
  EXPECT_FALSE(engine_->close().ok());
  engine_.reset();
  EXPECT_TRUE(machine_.has("chainstate_snapshot_INVALID"));
  EXPECT_FALSE(machine_.has("chainstate_snapshot"));

  start();  // goes on from what the blocks led to
  ASSERT_TRUE(engine_->activate_best_chain().ok());
  EXPECT_EQ(engine_->view()->height(), kTip);
  EXPECT_EQ(engine_->snapshot_base(), nullptr);
  EXPECT_FALSE(engine_->find(chain().block(kTip)->hash())->is_invalid());
}

TEST_F(Snapshot, C122_AWrongNumberOfTransactionsIsGivenUp) {
  params::SnapshotFact fact = chain().fact;
  ++fact.chain_transactions;
  start_with(chain().at_base, fact);
  ASSERT_TRUE(load(machine_, *engine_).ok());
  for (Height at = 1; at <= kBase; ++at) static_cast<void>(engine_->submit(chain().block(at)));
  EXPECT_FALSE(wait_for_proof(*engine_));
}

TEST_F(Snapshot, C122_PruningKeepsWhatTheBackgroundNeeds) {
  machine_.options.file_sizes = storage::BlockFileSizes::FastPrune;
  machine_.options.prune_manually = true;
  start_with(chain().at_base, chain().fact);
  ASSERT_TRUE(load(machine_, *engine_).ok());
  ChainBuilder longer{chain().network};
  for (Height at = 1; at <= kTip; ++at) longer.accept(chain().block(at));
  longer.extend_by(1400);
  for (Height at = kBase + 1; at <= longer.height(); ++at) {
    if (at == 700) submit(2, 60);  // without the first, so that the background cannot use them
    ASSERT_FALSE(engine_->submit(longer.blocks()[static_cast<std::size_t>(at)])->rejection);
  }
  EXPECT_GE(engine_->prune_to(longer.height()).value(), kBase + 1);
  for (Height at = 2; at <= 60; ++at) EXPECT_TRUE(engine_->find(chain().block(at)->hash())->has_data) << at;
  submit(1, 1);
  submit(61, kBase);
  EXPECT_TRUE(wait_for_proof(*engine_));
}

// A node at 30 loads the snapshot and does all else, with restarts between.
Result<Unit, Fault> work(Machine& machine, Height& promised) {
  for (int run = 0; run < 3; ++run) {
    KP_TRY(const auto engine, machine.open());
    if (engine->is_reindexing()) KP_TRY_VOID(engine->import_block_files([](const ImportProgress&) { return true; }));
    KP_TRY_VOID(engine->activate_best_chain());
    EXPECT_GE(engine->view()->height(), promised);
    for (Height at = 1; at <= kTip; ++at) {
      KP_TRY(const auto placed, engine->submit_header(chain().block(at)->header()));
      EXPECT_TRUE(placed.ok());
    }
    if (engine->view()->height() < kBase && engine->snapshot_base() == nullptr) {
      KP_TRY_VOID(load(machine, *engine));
      promised = kBase;
    }
    const Height last = run == 0 ? 60 : kTip;
    for (Height at = run == 0 ? 1 : 50; at <= last; ++at) {
      KP_TRY(const auto outcome, engine->submit(chain().block(at)));
      EXPECT_FALSE(outcome.rejection) << at;
    }
    for (Height at = 1; at <= last; ++at) KP_TRY_VOID(engine->submit(chain().block(at)));
    KP_TRY_VOID(engine->flush());
    promised = std::max(promised, engine->view()->height());
    if (run != 0) wait_for_proof(*engine);
    if (const auto why = engine->fault()) return Err{*why};
    KP_TRY_VOID(engine->close());
  }
  return Unit{};
}

TEST(SnapshotCrash, C122_T01_PowerLossAtAnyOperation) {
  const auto prepared = [](Machine& machine) {
    machine.network.snapshots = {chain().fact};
    write_snapshot(machine, chain().at_base);
    return machine.disk.operations();
  };
  Machine undisturbed;
  const std::uint64_t before = prepared(undisturbed);
  Height none = 0;
  ASSERT_TRUE(work(undisturbed, none).ok());
  const std::uint64_t operations = undisturbed.disk.operations() - before;
  ASSERT_FALSE(undisturbed.has("chainstate_snapshot"));
  const auto engine = undisturbed.open().value();
  const Coins expected = coins_of(*engine);

  for (std::uint64_t seed = 1; seed <= 40 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Machine machine;
    const std::uint64_t start = prepared(machine);
    Prng random{seed};
    machine.disk.fail_at(start + 1 + random.below(operations), DiskFailure::PowerLoss);
    Height promised = 0;
    static_cast<void>(work(machine, promised));
    machine.disk.crash(seed);
    const auto worked = work(machine, promised);
    ASSERT_TRUE(worked.ok()) << worked.error().message;
    EXPECT_FALSE(machine.has("chainstate_snapshot"));
    EXPECT_FALSE(machine.has("chainstate_snapshot_INVALID"));
    const auto after = machine.open();
    ASSERT_TRUE(after.ok()) << after.error().message;
    EXPECT_EQ((*after)->view()->height(), kTip);
    EXPECT_EQ(coins_of(**after), expected);
  }
}

}  // namespace
}  // namespace kepeng::validation
