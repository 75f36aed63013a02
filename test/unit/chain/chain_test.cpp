// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <algorithm>

#include <kepeng/base/random.h>
#include <kepeng/chain/candidates.h>
#include <kepeng/chain/chain_view.h>
#include <kepeng/chain/header_tree.h>
#include <kepeng/chain/locator.h>

namespace kepeng::chain {
namespace {

constexpr UnixTime kNow{1'400'000'000};

// Headers on regtest, with as much work as one likes: restored entries are not judged again.
class Forest {
 public:
  explicit Forest(std::uint64_t seed = 1) : random_{seed} {}

  const Entry* genesis() const { return tree_.genesis(); }
  HeaderTree& tree() { return tree_; }
  const Entry* grow(const Entry* parent, std::uint32_t bits = 0x207fffff) {
    BlockHeader header;
    header.version = 4;
    header.previous = parent->hash;
    header.time = parent->header.time + 1 + static_cast<std::uint32_t>(random_.next() % 1200);
    header.target = {bits};
    header.nonce = nonce_++;
    return tree_.restore(header, header.hash());
  }
  const Entry* grow_by(const Entry* parent, int count) {
    for (int i = 0; i < count; ++i) parent = grow(parent);
    return parent;
  }
  // Any entry: most often a recent one, so that branches of every length arise.
  std::vector<const Entry*> grow_at_random(int count) {
    std::vector<const Entry*> entries{genesis()};
    for (int i = 0; i < count; ++i) {
      const std::size_t back = random_.next() % 20 == 0 ? random_.next() % entries.size() : random_.next() % 3;
      entries.push_back(grow(entries[entries.size() - 1 - std::min(back, entries.size() - 1)]));
    }
    return entries;
  }
  Prng& random() { return random_; }

 private:
  params::NetworkParams network_ = params::make_network({.network = params::Network::Regtest}).value();
  HeaderTree tree_{network_};
  Prng random_;
  std::uint32_t nonce_ = 0;
};

const Entry* naive_ancestor(const Entry* entry, Height at) {
  while (entry != nullptr && entry->height > at) entry = entry->parent;
  return entry != nullptr && entry->height == at ? entry : nullptr;
}

const Entry* naive_fork(const Entry* a, const Entry* b) {
  while (a != b) {
    if (a->height >= b->height) {
      a = a->parent;
    } else {
      b = b->parent;
    }
  }
  return a;
}

TEST(Entries, AncestorsAreThoseOfTheLongWay) {
  Forest forest;
  const auto entries = forest.grow_at_random(3'000);
  for (int i = 0; i < 20'000; ++i) {
    const Entry* entry = entries[forest.random().next() % entries.size()];
    const auto at = static_cast<Height>(forest.random().next() % static_cast<std::uint64_t>(entry->height + 1));
    ASSERT_EQ(entry->ancestor(at), naive_ancestor(entry, at));
    const Entry* other = entries[forest.random().next() % entries.size()];
    ASSERT_EQ(entry->descends_from(*other), naive_ancestor(entry, other->height) == other);
    ASSERT_EQ(fork_point(entry, other), naive_fork(entry, other));
  }
  EXPECT_EQ(forest.genesis()->ancestor(1), nullptr);
  EXPECT_EQ(forest.genesis()->ancestor(-1), nullptr);
  EXPECT_EQ(fork_point(nullptr, forest.genesis()), nullptr);
}

TEST(Entries, AncestorsAreNear) {
  Forest forest;
  const Entry* tip = forest.grow_by(forest.genesis(), 100'000);
  // Every step goes to the parent or by the skip: count what the search would do.
  for (int i = 0; i < 2'000; ++i) {
    const auto at = static_cast<Height>(forest.random().next() % 100'000);
    const Entry* found = tip->ancestor(at);
    ASSERT_EQ(found->height, at);
    ASSERT_TRUE(found->skip != nullptr);
    ASSERT_LT(found->skip->height, std::max(at, 1));
  }
}

TEST(Entries, WorkAddsUpAndTheMedianIsThatOfTheRules) {
  Forest forest;
  const Entry* tip = forest.genesis();
  Work total = work_of(tip->header.target);
  std::vector<std::uint32_t> times{tip->header.time};
  for (int i = 0; i < 300; ++i) {
    tip = forest.grow(tip, i % 3 == 0 ? 0x1d00ffff : 0x207fffff);
    total += work_of(tip->header.target);
    EXPECT_EQ(tip->chain_work, total);
    times.push_back(tip->header.time);
    std::vector<std::uint32_t> last(times.end() - std::min<std::ptrdiff_t>(std::ssize(times), 11), times.end());
    std::sort(last.begin(), last.end());
    EXPECT_EQ(tip->median_time_past().seconds, last[last.size() / 2]);
  }
  EntryAncestry line{tip};
  EXPECT_EQ(line.height(), 300);
  for (const Height at : {300, 0, 150, 149, 148, 151, 300, 299, 1}) {
    EXPECT_EQ(line.at(at).hash, tip->ancestor(at)->hash);
    EXPECT_EQ(line.at(at).time, tip->ancestor(at)->header.time);
  }
  EXPECT_EQ(EntryAncestry{nullptr}.height(), -1);
}

TEST(HeaderTree, C123_PlacesHeadersOnceAndRefusesWhatBreaksRules) {
  const auto network = params::make_network({.network = params::Network::Regtest}).value();
  HeaderTree tree{network};
  BlockHeader header;
  header.version = 4;
  header.previous = tree.genesis()->hash;
  header.time = tree.genesis()->header.time + 600;
  header.target = {0x207fffff};
  const auto mine = [&] {
    while (!meets_target(header.hash(), header.target, network.pow_limit)) ++header.nonce;
  };
  mine();
  const auto first = tree.place(header, kNow);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ((*first)->height, 1);
  EXPECT_EQ(tree.place(header, kNow).value(), *first);
  EXPECT_EQ(tree.size(), 2u);
  EXPECT_EQ(tree.find(header.hash()), *first);
  EXPECT_EQ(tree.best_header(), *first);
  EXPECT_EQ(tree.place(network.genesis->header(), kNow).value(), tree.genesis());

  const auto reason = [&](const BlockHeader& wrong, UnixTime now = kNow) {
    const auto placed = tree.place(wrong, now);
    return placed ? "" : placed.error().reason();
  };
  BlockHeader other = header;
  while (meets_target(other.hash(), other.target, network.pow_limit)) ++other.nonce;
  EXPECT_EQ(reason(other), "high-hash");
  header.previous = {{{1}}};
  mine();
  EXPECT_EQ(reason(header), "prev-blk-not-found");
  header.previous = (*first)->hash;
  header.time += 600;
  header.version = 1;
  mine();
  EXPECT_EQ(reason(header), "bad-version(0x00000001)");
  header.version = 4;
  mine();
  // Too new now is not too new for ever (C-088).
  EXPECT_EQ(reason(header, {header.time - 7201}), "time-too-new");
  EXPECT_EQ(reason(header, {header.time - 7200}), "");
  const Entry* second = tree.find(header.hash());
  ASSERT_NE(second, nullptr);

  // Known-invalid headers, and children of invalid ones, get the remembered verdict.
  second->is_failed = true;
  EXPECT_EQ(reason(header), "duplicate-invalid");
  header.previous = second->hash;
  header.time += 1;
  mine();
  EXPECT_EQ(reason(header), "bad-prevblk");
  tree.reconsider_best_header();
  EXPECT_EQ(tree.best_header(), *first);
  EXPECT_EQ(tree.size(), 3u);
}

TEST(HeaderTree, TheBestHeaderHasTheMostWorkAndCameFirst) {
  Forest forest;
  const Entry* a = forest.grow_by(forest.genesis(), 5);
  const Entry* b = forest.grow_by(forest.genesis(), 5);
  EXPECT_EQ(forest.tree().best_header(), a);
  const Entry* heavy = forest.grow(forest.genesis(), 0x1d00ffff);
  EXPECT_EQ(forest.tree().best_header(), heavy);
  heavy->is_failed = true;
  forest.tree().reconsider_best_header();
  EXPECT_EQ(forest.tree().best_header(), a);
  const Entry* longer = forest.grow(b);
  EXPECT_EQ(forest.tree().best_header(), longer);
  // A child of a failed one never is.
  forest.grow_by(heavy, 3);
  EXPECT_EQ(forest.tree().best_header(), longer);
  EXPECT_EQ(forest.tree().restore(BlockHeader{}, BlockHash{{9}}), nullptr);
}

TEST(Locator, StepsBackEverFasterAndEndsInGenesis) {
  Forest forest;
  const Entry* tip = forest.grow_by(forest.genesis(), 50'000);
  for (const Height height : {0, 1, 5, 10, 11, 12, 13, 100, 5'000, 50'000}) {
    const Entry* from = tip->ancestor(height);
    const auto hashes = make_locator(from);
    EXPECT_EQ(hashes.front(), from->hash);
    EXPECT_EQ(hashes.back(), forest.genesis()->hash);
    EXPECT_LE(hashes.size(), 40u);
    Height last = height + 1;
    Height step = 1;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      const Entry* entry = forest.tree().find(hashes[i]);
      ASSERT_NE(entry, nullptr);
      EXPECT_TRUE(from->descends_from(*entry));
      ASSERT_LT(entry->height, last);
      if (i > 0 && i <= 10) {
        EXPECT_EQ(entry->height, last - 1);
      }
      if (i + 1 < hashes.size()) {
        EXPECT_GE(last - entry->height, step);
        step = last - entry->height;
      }
      last = entry->height;
    }
  }
}

TEST(ChainView, IsTheLineOfItsTipWhateverItWasMadeFrom) {
  Forest forest{3};
  // Branches around the edges of pages.
  std::vector<const Entry*> tips{forest.genesis()};
  const Entry* main = forest.grow_by(forest.genesis(), 4'200);
  for (const Height at : {0, 1, 500, 1022, 1023, 1024, 1025, 2047, 2048, 3000, 4095, 4096, 4199}) {
    tips.push_back(main->ancestor(at));
    tips.push_back(forest.grow_by(main->ancestor(at), 1 + static_cast<int>(forest.random().next() % 1500)));
  }
  tips.push_back(main);
  auto view = ChainView::make(forest.genesis(), nullptr);
  std::vector<std::shared_ptr<const ChainView>> kept;
  for (int i = 0; i < 60; ++i) {
    const Entry* tip = tips[forest.random().next() % tips.size()];
    view = ChainView::make(tip, view);
    kept.push_back(view);
  }
  for (const auto& each : kept) {
    ASSERT_EQ(each->height(), each->tip()->height);
    for (const Entry* walk = each->tip(); walk != nullptr; walk = walk->parent) {
      ASSERT_EQ(each->at(walk->height), walk);
    }
    EXPECT_EQ(each->at(-1), nullptr);
    EXPECT_EQ(each->at(each->height() + 1), nullptr);
    for (const Entry* other : tips) {
      const Entry* fork = naive_fork(each->tip(), other);
      EXPECT_EQ(each->fork_with(other), fork);
      EXPECT_EQ(each->contains(other), fork == other);
      EXPECT_EQ(each->next(other), fork == other ? each->at(other->height + 1) : nullptr);
    }
  }
  EXPECT_FALSE(view->contains(nullptr));
  EXPECT_EQ(view->fork_with(nullptr), nullptr);
}

// Everything a block needs to be a candidate.
void receive(Candidates& candidates, const Entry* entry) {
  for (const Entry* ready : candidates.receive(entry, 1)) candidates.insert(ready);
}

class CandidatesTest : public testing::Test {
 protected:
  CandidatesTest() { genesis()->chain_transactions = 1; }
  const Entry* genesis() const { return forest_.genesis(); }
  Forest forest_;
  Candidates candidates_;
};

TEST_F(CandidatesTest, C090_MostWorkThenFirstArrival) {
  const Entry* a = forest_.grow(genesis());
  const Entry* b = forest_.grow(genesis());
  const Entry* c = forest_.grow(genesis());
  receive(candidates_, b);
  receive(candidates_, a);
  receive(candidates_, c);
  EXPECT_EQ(candidates_.best(), b);
  candidates_.erase(b);
  EXPECT_EQ(candidates_.best(), a);
  candidates_.insert(b);
  const Entry* child = forest_.grow(c);
  receive(candidates_, child);
  EXPECT_EQ(candidates_.best(), child);
  const Entry* heavy = forest_.grow(genesis(), 0x1d00ffff);
  receive(candidates_, heavy);
  EXPECT_EQ(candidates_.best(), heavy);
  candidates_.prune(child);
  candidates_.erase(heavy);
  candidates_.erase(child);
  EXPECT_TRUE(candidates_.empty());
  EXPECT_EQ(candidates_.best(), nullptr);
}

TEST_F(CandidatesTest, C090_TheBranchWhoseLastMissingBlockCameFirstWins) {
  const Entry* a1 = forest_.grow(genesis());
  const Entry* a2 = forest_.grow(a1);
  const Entry* b1 = forest_.grow(genesis());
  const Entry* b2 = forest_.grow(b1);
  // a2 arrives first, but its line is whole only after b's.
  EXPECT_TRUE(candidates_.receive(a2, 3).empty());
  receive(candidates_, b1);
  receive(candidates_, b2);
  const auto ready = candidates_.receive(a1, 2);
  EXPECT_EQ(ready, (std::vector<const Entry*>{a1, a2}));
  for (const Entry* entry : ready) candidates_.insert(entry);
  EXPECT_EQ(candidates_.best(), b2);
  EXPECT_EQ(a1->chain_transactions, 3u);
  EXPECT_EQ(a2->chain_transactions, 6u);
}

TEST_F(CandidatesTest, BlocksInAnyOrderBecomeConnectableParentsFirst) {
  Prng random{9};
  for (int round = 0; round < 50; ++round) {
    Forest forest{static_cast<std::uint64_t>(round + 1)};
    forest.genesis()->chain_transactions = 1;
    auto entries = forest.grow_at_random(60);
    entries.erase(entries.begin());
    std::vector<const Entry*> shuffled = entries;
    for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[random.next() % i]);
    Candidates candidates;
    std::vector<const Entry*> order;
    for (const Entry* entry : shuffled) {
      for (const Entry* ready : candidates.receive(entry, 1)) {
        ASSERT_TRUE(ready->parent == forest.genesis() ||
                    std::find(order.begin(), order.end(), ready->parent) != order.end());
        order.push_back(ready);
        candidates.insert(ready);
      }
    }
    ASSERT_EQ(order.size(), entries.size());
    for (const Entry* entry : entries) {
      EXPECT_EQ(entry->chain_transactions, static_cast<std::uint64_t>(entry->height + 1));
      EXPECT_FALSE(is_worse(candidates.best(), entry));
    }
  }
}

TEST_F(CandidatesTest, C090_PreciousBlocksOverrideTheOrderOfArrival) {
  const Entry* a = forest_.grow(genesis());
  const Entry* b = forest_.grow(genesis());
  const Entry* c = forest_.grow(genesis());
  for (const Entry* entry : {a, b, c}) receive(candidates_, entry);
  candidates_.prefer(c);
  EXPECT_EQ(candidates_.best(), c);
  candidates_.prefer(b);
  EXPECT_EQ(candidates_.best(), b);
  candidates_.prefer(c);
  EXPECT_EQ(candidates_.best(), c);
  // More work still wins.
  const Entry* longer = forest_.grow(a);
  receive(candidates_, longer);
  candidates_.prefer(b);
  EXPECT_EQ(candidates_.best(), longer);
}

TEST_F(CandidatesTest, ForgottenChildrenDoNotComeBack) {
  const Entry* parent = forest_.grow(genesis());
  const Entry* one = forest_.grow(parent);
  const Entry* two = forest_.grow(parent);
  EXPECT_TRUE(candidates_.receive(one, 1).empty());
  EXPECT_TRUE(candidates_.receive(two, 1).empty());
  candidates_.forget_waiting(one);
  EXPECT_EQ(candidates_.receive(parent, 1), (std::vector<const Entry*>{parent, two}));
  // As after a restart: the data is here, the parent's was not.
  const Entry* next = forest_.grow(two);
  const Entry* after = forest_.grow(next);
  candidates_.wait_for_parent(after);
  EXPECT_EQ(candidates_.receive(next, 1), (std::vector<const Entry*>{next, after}));
}

}  // namespace
}  // namespace kepeng::chain
