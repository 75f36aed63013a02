// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/transaction_requests.h>

#include <gtest/gtest.h>

#include <kepeng/base/random.h>

namespace kepeng::gossip {
namespace {

using Standing = TransactionRequests::Standing;
using Names = std::vector<TransactionName>;

TransactionName name(std::uint64_t number, bool is_wtxid = true) {
  TransactionName made{{}, is_wtxid};
  store_le(made.hash.data(), number);
  return made;
}
constexpr Moment kStart{1'000};

class Requests : public testing::Test {
 protected:
  Requests() {
    requests_.add_peer(kChosen, Standing::Preferred);
    requests_.add_peer(kCaller, Standing::Usual);
    requests_.add_peer(kOther, Standing::Usual);
  }
  static constexpr PeerId kChosen{1}, kCaller{2}, kOther{3};
  TransactionRequests requests_{{1, 2}};
};

TEST_F(Requests, P12_PeersThatWeChoseAreAskedAtOnce) {
  requests_.on_announced(kCaller, name(1), kStart);
  EXPECT_TRUE(requests_.due(kCaller, kStart).empty());
  requests_.on_announced(kChosen, name(1), kStart);
  EXPECT_EQ(requests_.due(kChosen, kStart), Names{name(1)});
  EXPECT_TRUE(requests_.due(kCaller, kStart + 5'000).empty());  // one at a time
  requests_.on_answered(kChosen, name(1));                      // it has it not
  EXPECT_EQ(requests_.due(kCaller, kStart + 5'000), Names{name(1)});
  requests_.forget(name(1));
  EXPECT_EQ(requests_.size(), 0u);
  EXPECT_EQ(requests_.in_flight(kCaller), 0u);
}

TEST_F(Requests, P12_OthersWaitTwoSecondsForEachReason) {
  requests_.on_announced(kCaller, name(1), kStart);
  requests_.on_announced(kCaller, name(2, false), kStart);
  EXPECT_TRUE(requests_.due(kCaller, kStart + 1'999).empty());
  EXPECT_EQ(requests_.due(kCaller, kStart + 2'000), Names{name(1)});
  EXPECT_EQ(requests_.due(kCaller, kStart + 4'000), Names{name(2, false)});
}

TEST_F(Requests, P12_SilenceLosesTheQuestionAfterAMinute) {
  requests_.on_announced(kChosen, name(1), kStart);
  requests_.on_announced(kCaller, name(1), kStart);
  ASSERT_EQ(requests_.due(kChosen, kStart).size(), 1u);
  EXPECT_TRUE(requests_.due(kCaller, kStart + 59'999).empty());
  EXPECT_EQ(requests_.due(kCaller, kStart + 60'000), Names{name(1)});
  EXPECT_EQ(requests_.in_flight(kChosen), 0u);
  // Nobody is left after that.
  requests_.due(kCaller, kStart + 120'000);
  EXPECT_EQ(requests_.size(), 0u);
}

// A hundred that announce first and say nothing: the honest peer that we chose is asked within 64 seconds.
TEST_F(Requests, P12_ManySilentAnnouncersCostLittle) {
  for (std::uint64_t i = 100; i < 200; ++i) {
    requests_.add_peer({i}, Standing::Usual);
    requests_.on_announced({i}, name(1), kStart);
  }
  Moment now = kStart + 3'000;
  for (std::uint64_t i = 100; i < 200; ++i) requests_.due({i}, now);
  requests_.on_announced(kChosen, name(1), now);
  bool was_asked = false;
  for (; now - kStart <= 64'000 && !was_asked; now = now + 100) {
    was_asked = !requests_.due(kChosen, now).empty();
    for (std::uint64_t i = 100; i < 200; ++i) requests_.due({i}, now);
  }
  EXPECT_TRUE(was_asked);
}

TEST_F(Requests, P12_OnePeerCanAnnounceSoMuchAndNoMore) {
  for (std::uint64_t i = 0; i < 6'000; ++i) requests_.on_announced(kCaller, name(i), kStart);
  EXPECT_EQ(requests_.announced(kCaller), 5'000u);
  // More than a hundred questions are out: what comes now waits longer.
  EXPECT_EQ(requests_.due(kCaller, kStart + 2'000).size(), 5'000u);
  requests_.remove_peer(kCaller);
  EXPECT_EQ(requests_.size(), 0u);
  for (std::uint64_t i = 0; i < 101; ++i) requests_.on_announced(kOther, name(i), kStart);
  requests_.due(kOther, kStart + 2'000);
  requests_.on_announced(kOther, name(900), kStart + 2'000);
  EXPECT_TRUE(requests_.due(kOther, kStart + 5'999).empty());
  EXPECT_EQ(requests_.due(kOther, kStart + 6'000).size(), 1u);
}

// Whatever happens: nobody is asked for what it did not announce, one at a time, and the counts agree.
TEST_F(Requests, KeepTheirPromisesInAnyOrder) {
  Prng random{5};
  std::map<TransactionName, PeerId> asked;
  std::map<TransactionName, Moment> asked_at;
  Moment now = kStart;
  for (int step = 0; step < 20'000; ++step) {
    now = now + static_cast<std::int64_t>(random.below(800));
    const PeerId peer{1 + random.below(3)};
    const TransactionName one = name(random.below(40));
    switch (random.below(5)) {
      case 0:
      case 1:
        requests_.on_announced(peer, one, now);
        break;
      case 2:
        // As whoever drives it does: everybody's, one after the other.
        for (std::uint64_t each = 1; each <= 3; ++each) {
          for (const TransactionName& due : requests_.due({each}, now)) {
            const auto before = asked.find(due);
            EXPECT_TRUE(before == asked.end() || now - asked_at[due] >= 60'000);
            asked[due] = {each};
            asked_at[due] = now;
          }
        }
        break;
      case 3:
        if (asked.contains(one) && asked[one] == peer) asked.erase(one);
        requests_.on_answered(peer, one);
        break;
      default:
        requests_.forget(one);
        asked.erase(one);
    }
    ASSERT_EQ(requests_.size(), requests_.announced({1}) + requests_.announced({2}) + requests_.announced({3}));
  }
}

}  // namespace
}  // namespace kepeng::gossip
