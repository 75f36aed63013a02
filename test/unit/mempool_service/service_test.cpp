// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mempool_service/service.h>

#include <future>

#include <kepeng/base/files.h>

#include "support/chain_builder.h"
#include "support/engine_node.h"

namespace kepeng::mempool_service {
namespace {

using test::ChainBuilder;
using test::OwnedCoin;

constexpr std::int64_t kFee = 1'000;

// A regtest node with coins to spend, and a mempool on it.
class Service : public testing::Test {
 protected:
  static constexpr std::size_t kCoins = 300;

  Service() : node_{{.network = params::Network::Regtest}}, chain_{node_.network} {
    chain_.extend_by(101);
    std::vector<MutableTxOut> outputs(kCoins, {Amount{10'000'000}, chain_.key().p2wpkh()});
    const BlockPtr block = chain_.extend({chain_.key().spend({chain_.coinbase_coin(1)}, std::move(outputs))});
    for (std::uint32_t i = 0; i < kCoins; ++i) coins_.push_back(chain_.coin(block->transactions()[1], i));
    engine_ = node_.open();
    for (std::size_t i = 1; i < chain_.blocks().size(); ++i) EXPECT_TRUE(engine_->submit(chain_.blocks()[i]).ok());
    options_.directory = node_.directory.at("data");
    options_.script_threads = 3;
  }
  std::unique_ptr<MempoolService> start() {
    return MempoolService::start({*engine_, node_.log, node_.clock, node_.network, *node_.env}, options_);
  }
  void wait_until_loaded(const MempoolService& service) {
    for (int i = 0; i < 4'000 && !service.is_loaded(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    ASSERT_TRUE(service.is_loaded());
  }
  MutableTransaction spend(const OwnedCoin& coin, std::int64_t fee = kFee, std::size_t outputs = 1) const {
    const Amount each{(coin.value.sats - fee) / static_cast<std::int64_t>(outputs)};
    return chain_.key().spend({coin}, std::vector<MutableTxOut>(outputs, {each, chain_.key().p2wpkh()}));
  }
  TxPtr spend_coin(std::size_t number, std::int64_t fee = kFee) const { return spend(coins_[number], fee).freeze(); }

  // Another branch, of so many empty blocks, one right after the other.
  void go_back_and_overtake(Height fork, int blocks) {
    chain_.rewind_to(fork);
    chain_.extend_by(blocks);
    for (Height height = fork + 1; height <= chain_.height(); ++height) {
      ASSERT_TRUE(engine_->submit(chain_.blocks()[static_cast<std::size_t>(height)]).ok());
    }
  }

  static std::size_t count(const MempoolService& service) {
    std::size_t count = 0;
    service.look([&](const mempool::Pool& pool, mempool::Admission&) {
      pool.check();
      count = pool.count();
    });
    return count;
  }
  static bool holds(const MempoolService& service, const Transaction& tx) {
    bool holds = false;
    service.look([&](const mempool::Pool& pool, mempool::Admission&) { holds = pool.find(tx.wtxid) != nullptr; });
    return holds;
  }
  static std::string text_of(const MempoolService::Outcome& outcome, const Transaction& tx) {
    if (!outcome) return outcome.error().message;
    const auto found = outcome->transactions.find(tx.wtxid);
    if (found == outcome->transactions.end()) return "not judged";
    const auto* rejection = std::get_if<policy::Rejection>(&found->second);
    return rejection == nullptr ? "accepted" : rejection->text();
  }
  // Hands in all of it at once; what became of each.
  static std::vector<std::string> hand_in(MempoolService& service, const std::vector<TxPtr>& all) {
    constexpr std::uint64_t kLine = 7;
    std::vector<std::promise<std::string>> answers(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      service.hand_in(kLine, all[i], [&, i](const MempoolService::Outcome& outcome) {
        answers[i].set_value(text_of(outcome, *all[i]));
      });
    }
    std::vector<std::string> texts;
    for (auto& answer : answers) texts.push_back(answer.get_future().get());
    return texts;
  }

  validation::Node node_;
  ChainBuilder chain_;
  std::vector<OwnedCoin> coins_;
  std::unique_ptr<validation::Engine> engine_;
  ServiceOptions options_;
};

// Independent ones, chains, conflicts that pay more and less, broken signatures, coins that are not there.
std::vector<TxPtr> mixture(const std::function<TxPtr(std::size_t, std::int64_t)>& spend,
                           const std::function<TxPtr(const Transaction&)>& spend_output) {
  std::vector<TxPtr> all;
  for (std::size_t i = 0; i < 200; ++i) {
    all.push_back(spend(i, kFee));
    if (i % 5 == 1) all.push_back(spend_output(*all.back()));
    if (i % 7 == 2) all.push_back(spend(i - 1, 5 * kFee));
    if (i % 11 == 3) all.push_back(spend(i - 2, kFee + 1));
    if (i % 13 == 4) all.push_back(all[all.size() / 2]);
  }
  return all;
}

TEST_F(Service, JudgesManyAtOnceLikeOneAfterAnother) {
  auto all = mixture([&](std::size_t i, std::int64_t fee) { return spend_coin(i, fee); },
                     [&](const Transaction& tx) { return spend(chain_.coin(tx, 0)).freeze(); });
  for (std::size_t i = 250; i < 260; ++i) {
    MutableTransaction forged = spend(coins_[i]);
    forged.inputs[0].witness[0][10] ^= 1;
    all.push_back(forged.freeze());
    OwnedCoin absent = coins_[i];
    absent.outpoint.index += 1'000;
    all.push_back(spend(absent).freeze());
  }
  options_.directory.clear();
  auto together = start();
  auto alone = start();
  const auto texts = hand_in(*together, all);
  std::map<std::string, int> kinds;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto outcome = alone->submit(all[i]);
    EXPECT_EQ(texts[i], text_of(outcome, *all[i])) << i;
    ++kinds[texts[i].substr(0, texts[i].find(','))];
  }
  EXPECT_GE(kinds.size(), 5u);
  EXPECT_EQ(count(*together), count(*alone));
  together->stop();
  alone->stop();
}

// Chains come in one go, the parent good or bad: whoever spends what did not get in lacks its inputs.
TEST_F(Service, JudgesChainsAsIfEachCameAlone) {
  std::vector<TxPtr> all;
  std::vector<std::string> expected;
  const std::string lacks = "bad-txns-inputs-missingorspent";
  const std::string forged =
      "mempool-script-verify-flag-failed (Signature must be zero for failed CHECK(MULTI)SIG operation)";
  for (std::size_t i = 0; i < 20; ++i) {
    MutableTransaction first = spend(coins_[i]);
    if (i % 2 == 1) first.inputs[0].witness[0][10] ^= 1;
    all.push_back(first.freeze());
    expected.push_back(i % 2 == 1 ? forged : "accepted");
    for (int link = 0; link < 10; ++link) {
      // The seventh of a chain is forged in every third.
      MutableTransaction next = spend(chain_.coin(*all.back(), 0));
      const bool is_forged = i % 3 == 0 && link == 6;
      if (is_forged) next.inputs[0].witness[0][10] ^= 1;
      all.push_back(next.freeze());
      expected.push_back(expected.back() != "accepted" ? lacks : is_forged ? forged : "accepted");
    }
  }
  options_.directory.clear();
  auto together = start();
  const auto texts = hand_in(*together, all);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(texts[i].substr(0, texts[i].find(',')), expected[i]) << i;
  EXPECT_EQ(count(*together), std::count(expected.begin(), expected.end(), "accepted"));
  together->stop();
}

// Whoever is here for too long goes with what spends it, whoever came first; the others stay.
TEST_F(Service, EachGoesWhenItsOwnTimeIsOver) {
  options_.drive = Drive::Caller;
  options_.admission.expiry_seconds = 1'000;
  options_.directory.clear();
  auto service = start();
  const std::int64_t begin = chain_.blocks().back()->header().time + 10;
  const auto at = [&](std::int64_t seconds) {
    node_.clock.mock({begin + seconds});
    service->work();
  };
  const auto enter = [&](const TxPtr& tx) { ASSERT_EQ(text_of(service->submit(tx), *tx), "accepted"); };
  const TxPtr first = spend_coin(0);
  const TxPtr second = spend_coin(1);
  const TxPtr child = spend(chain_.coin(*first, 0)).freeze();
  at(0);
  enter(first);
  at(500);
  enter(second);
  enter(child);
  at(1'000);
  EXPECT_EQ(count(*service), 3u);
  at(1'001);
  EXPECT_EQ(count(*service), 1u);
  EXPECT_TRUE(holds(*service, *second));
  // One that is older than all others comes in behind them.
  const TxPtr third = spend_coin(2);
  node_.clock.mock({begin + 200});
  enter(third);
  at(1'201);
  EXPECT_FALSE(holds(*service, *third));
  at(1'500);
  EXPECT_TRUE(holds(*service, *second));
  at(1'501);
  EXPECT_EQ(count(*service), 0u);
  node_.clock.mock({0});
  service->stop();
}

// Blocks of another branch come in one after another while the pool takes back what the first branch held.
TEST_F(Service, LosesNothingWhenTheChainMovesOnDuringAReorganisation) {
  options_.directory.clear();
  std::vector<MutableTransaction> mined;
  for (std::size_t i = 0; i < 250; ++i) mined.push_back(spend(coins_[i]));
  for (int round = 0; round < 10; ++round) {
    auto service = start();
    const Height fork = chain_.height();
    ASSERT_TRUE(engine_->submit(chain_.extend(mined)).ok());
    EXPECT_EQ(count(*service), 0u);
    go_back_and_overtake(fork, 8);
    EXPECT_EQ(count(*service), mined.size()) << round;
    service->stop();
  }
}

// Its outputs were spent by many when it was in a block: with it they would be one cluster that is too large.
// One peer sends what takes long to refuse; the others' turns come all the same, and so does whoever asks.
TEST_F(Service, P33_TheLinesOfPeersTakeTurns) {
  constexpr std::uint64_t kDear = 1;
  constexpr std::uint64_t kHonest = 2;
  auto service = start();
  wait_until_loaded(*service);
  const std::vector<OwnedCoin> coins(coins_.begin(), coins_.begin() + 250);
  std::mutex mutex;
  std::vector<std::uint64_t> order;
  std::promise<void> all_judged;
  const std::size_t total = 60 + 3;
  const auto hand_in = [&](std::uint64_t from, const TxPtr& tx) {
    service->hand_in(from, tx, [&, from](const MempoolService::Outcome&) {
      const std::scoped_lock hold{mutex};
      order.push_back(from);
      if (order.size() == total) all_judged.set_value();
    });
  };
  service->look([&](const mempool::Pool&, mempool::Admission&) {  // nobody is judged meanwhile
    for (std::int64_t i = 0; i < 60; ++i) {
      MutableTransaction forged;
      for (const OwnedCoin& coin : coins) forged.inputs.push_back({coin.outpoint, {}, 0xffffffff, {}});
      forged.outputs.push_back({Amount{1'000'000 + i}, chain_.key().p2wpkh()});
      if (i == 0) chain_.key().sign(forged, coins);
      for (MutableTxIn& input : forged.inputs) input.witness = spend(coins_[0]).inputs[0].witness;
      hand_in(kDear, forged.freeze());
    }
    for (std::size_t i = 0; i < 3; ++i) hand_in(kHonest, spend_coin(260 + i));
  });
  std::size_t judged_before = 0;
  service->look([&](const mempool::Pool&, mempool::Admission&) { judged_before = order.size(); });
  all_judged.get_future().wait();
  EXPECT_LE(judged_before, 40u);  // 250 signatures each, 1,500 at once
  EXPECT_EQ(std::vector<std::uint64_t>(order.begin(), order.begin() + 6),
            (std::vector{kDear, kHonest, kDear, kHonest, kDear, kHonest}));
  EXPECT_EQ(count(*service), 3u);
  service->stop();
}

TEST_F(Service, WhatComesBackFromABlockMakesTheWorstOfItsSpendersGo) {
  options_.directory.clear();
  auto service = start();
  const Height fork = chain_.height();
  const MutableTransaction parent = spend(coins_[0], kFee, 70);
  ASSERT_TRUE(engine_->submit(chain_.extend({parent})).ok());
  const TxPtr frozen = parent.freeze();
  std::vector<TxPtr> children;
  for (std::uint32_t i = 0; i < 70; ++i) {
    children.push_back(spend(chain_.coin(*frozen, i), kFee + 100 * i).freeze());
  }
  for (const std::string& text : hand_in(*service, children)) EXPECT_EQ(text, "accepted");
  go_back_and_overtake(fork, 2);
  EXPECT_EQ(count(*service), 64u);
  EXPECT_TRUE(holds(*service, *frozen));
  for (std::size_t i = 0; i < 70; ++i) EXPECT_EQ(holds(*service, *children[i]), i >= 7) << i;
  service->stop();
}

TEST_F(Service, KeepsItsFileWhenItIsStoppedWhileItReadsIt) {
  auto service = start();
  wait_until_loaded(*service);
  std::vector<TxPtr> all;
  for (std::size_t i = 0; i < kCoins; ++i) all.push_back(spend_coin(i));
  hand_in(*service, all);
  service->stop();
  for (int i = 0; i < 20; ++i) {
    service = start();
    std::this_thread::sleep_for(std::chrono::microseconds{i * 300});
    service->stop();
  }
  service = start();
  wait_until_loaded(*service);
  EXPECT_EQ(count(*service), kCoins);
  service->stop();
}

TEST_F(Service, SetsADamagedFileAside) {
  const std::string path = node_.directory.at("data/mempool.dat");
  const Bytes damaged(100, 0x77);
  ASSERT_TRUE(write_file_atomically(*node_.env, path, damaged).ok());
  auto service = start();
  wait_until_loaded(*service);
  service->stop();
  const auto aside = read_file(*node_.env, path + ".damaged", 1'000);
  ASSERT_TRUE(aside.ok());
  EXPECT_EQ(*aside, damaged);
}

// Batches are looked at ahead; blocks that take their coins come between that and their turn.
TEST_F(Service, WhatIsUnderWayIsLookedAtAnewWhenTheChainMoves) {
  constexpr std::size_t kLine = 5;
  auto service = start();
  wait_until_loaded(*service);
  std::vector<TxPtr> all;
  for (std::size_t i = 0; i < kCoins; ++i) {
    all.push_back(spend_coin(i));
    while (all.size() % kLine != 0) all.push_back(spend(chain_.coin(*all.back(), 0)).freeze());
  }
  mempool::MempoolFile file;
  for (const TxPtr& tx : all) file.transactions.push_back({tx->raw, node_.clock.now(), {}});
  const std::string path = node_.directory.at("import.dat");
  ASSERT_TRUE(
      write_file_atomically(*node_.env, path, mempool::write_mempool_file(file, mempool::FileVersion::Plain)).ok());
  auto loading = std::async(std::launch::async, [&] { return service->load(path, {}); });
  std::set<std::size_t> taken;
  while (loading.wait_for(std::chrono::seconds{0}) != std::future_status::ready && taken.size() < kCoins / 2) {
    // Backwards: a taken one that is found missing would make the others be looked at anew as well.
    const std::size_t coin = 200 - taken.size();
    const BlockPtr block = chain_.extend({spend(coins_[coin], 9 * kFee)});
    // In the thread that lets them in.
    service->look([&](const mempool::Pool&, mempool::Admission&) { EXPECT_TRUE(engine_->submit(block).ok()); });
    taken.insert(coin);
  }
  ASSERT_TRUE(loading.get().ok());
  EXPECT_EQ(count(*service), (kCoins - taken.size()) * kLine);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(holds(*service, *all[i]), !taken.contains(i / kLine)) << i;
  }
  service->stop();
}

TEST_F(Service, AnswersOthersWhileItImports) {
  auto service = start();
  wait_until_loaded(*service);
  std::vector<TxPtr> all;
  for (std::size_t i = 0; i < kCoins; ++i) all.push_back(spend_coin(i));
  mempool::MempoolFile file;
  for (const TxPtr& tx : all) file.transactions.push_back({tx->raw, node_.clock.now(), {}});
  // Known ones over and over, so that it takes some batches.
  for (int i = 0; i < 40; ++i) {
    for (const TxPtr& tx : all) file.transactions.push_back({tx->raw, node_.clock.now(), {}});
  }
  const std::string path = node_.directory.at("import.dat");
  ASSERT_TRUE(
      write_file_atomically(*node_.env, path, mempool::write_mempool_file(file, mempool::FileVersion::Obfuscated))
          .ok());
  const auto loaded = service->load(path, {});
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->accepted, kCoins);
  EXPECT_EQ(loaded->accepted + loaded->known + loaded->failed, file.transactions.size());
  EXPECT_EQ(count(*service), kCoins);
  EXPECT_EQ(service->load(node_.directory.at("absent"), {}).error().kind, FaultKind::NotFound);
  service->stop();
}

// In the middle of a reorganisation the pool holds what spends transactions that have not come back.
TEST_F(Service, SaysWhenItWaitsToBeLookedThrough) {
  options_.drive = Drive::Caller;
  options_.directory.clear();
  auto service = start();
  const auto is_reviewed = [&] {
    bool answer = false;
    service->look_from_tip(
        [&](const mempool::Pool&, const MempoolService::Ground& ground) { answer = ground.is_reviewed; });
    return answer;
  };
  const MutableTransaction mined = spend(coins_[0]);
  const Height fork = chain_.height();
  ASSERT_TRUE(engine_->submit(chain_.extend({mined})).ok());
  const TxPtr child = spend(chain_.coin(*mined.freeze(), 0)).freeze();
  EXPECT_EQ(text_of(service->submit(child), *child), "accepted");
  EXPECT_TRUE(is_reviewed());
  int times = 0;
  engine_->subscribe([&](const validation::ChainEvent& event) {
    if (event.kind != validation::ChainEvent::Kind::Disconnected) return;
    EXPECT_FALSE(is_reviewed());
    ++times;
  });
  go_back_and_overtake(fork, 2);
  EXPECT_EQ(times, 1);
  EXPECT_TRUE(is_reviewed());
  EXPECT_EQ(count(*service), 2u);
  service->stop();
}

// Who wants to pay no more than that is told once everything else is right, and does not get in.
TEST_F(Service, MayBeToldHowMuchIsTooMuch) {
  options_.directory.clear();
  auto service = start();
  const TxPtr tx = spend_coin(0, kFee);
  MutableTransaction forged = spend(coins_[1], kFee);
  forged.inputs[0].witness[0][10] ^= 1;
  const TxPtr wrong = forged.freeze();
  EXPECT_NE(text_of(service->submit(wrong, Amount{kFee - 1}), *wrong), "max-fee-exceeded");
  EXPECT_EQ(text_of(service->test({tx}, Amount{kFee - 1}), *tx), "max-fee-exceeded");
  EXPECT_EQ(text_of(service->submit(tx, Amount{kFee - 1}), *tx), "max-fee-exceeded");
  EXPECT_FALSE(holds(*service, *tx));
  EXPECT_TRUE(service->unbroadcast().empty());
  EXPECT_EQ(text_of(service->submit(tx, Amount{kFee}), *tx), "accepted");
  service->stop();
}

// One alone is judged once: what was wrong with it stays the answer for the package.
TEST_F(Service, APackageOfOneThatIsRefusedHasFailed) {
  options_.directory.clear();
  auto service = start();
  const TxPtr cheap = spend_coin(0, 0);
  OwnedCoin absent = coins_[1];
  absent.outpoint.index += 1'000;
  const TxPtr orphan = spend(absent).freeze();
  for (const TxPtr& tx : {cheap, orphan}) {
    const auto outcome = service->submit_package({tx}, {});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->error, "transaction failed");
    EXPECT_NE(text_of(outcome, *tx), "accepted");
  }
  const auto outcome = service->submit_package({spend_coin(2)}, {});
  EXPECT_TRUE(outcome.ok() && !outcome->error);
  service->stop();
}

// The package of a parent that was here before makes the pool too large, and the two are what pays least.
TEST_F(Service, FollowersHearOfAParentThatGoesWithItsPackage) {
  options_.directory.clear();
  const TxPtr parent = spend_coin(0, 200);
  const auto fill = [&](MempoolService& service) {
    EXPECT_EQ(text_of(service.submit(parent), *parent), "accepted");
    for (std::size_t i = 1; i < 20; ++i) EXPECT_TRUE(service.submit(spend_coin(i, 50 * kFee)).ok());
  };
  auto roomy = start();
  fill(*roomy);
  roomy->look(
      [&](const mempool::Pool& pool, mempool::Admission&) { options_.admission.bytes_max = pool.memory_bytes(); });
  roomy->stop();

  auto service = start();
  fill(*service);
  std::set<Txid> known;
  service->subscribe([&](const MempoolEvent& event) {
    if (event.kind == MempoolEvent::Kind::Added) {
      known.insert(event.tx->txid);
    } else {
      EXPECT_EQ(event.why, MempoolEvent::Why::SizeLimit);
      EXPECT_EQ(known.erase(event.tx->txid), 1u);
    }
  });
  EXPECT_TRUE(known.contains(parent->txid));
  const TxPtr child = spend(chain_.coin(*parent, 0), 300).freeze();
  const auto outcome = service->submit_package({parent, child}, {});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->error, "transaction failed");
  EXPECT_EQ(text_of(outcome, *parent), "mempool full");
  EXPECT_EQ(text_of(outcome, *child), "mempool full");
  EXPECT_EQ(count(*service), 19u);
  EXPECT_EQ(known.size(), 19u);
  EXPECT_FALSE(known.contains(parent->txid));
  service->stop();
}

}  // namespace
}  // namespace kepeng::mempool_service
