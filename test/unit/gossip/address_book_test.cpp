// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/address_book.h>

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

namespace kepeng::gossip::test {
namespace {

using wire::AddressEntry;
using wire::AddressNetwork;
using wire::Endpoint;
using wire::NetworkAddress;

constexpr UnixTime kNow{1'800'000'000};
constexpr std::int64_t kDay = 86'400;

NetworkAddress ipv4(std::uint32_t number) {
  return NetworkAddress::ipv4({static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
                               static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
}

// 1.0.0.0 and up: routable, and a /16 after the other.
Endpoint endpoint(std::uint32_t number) {
  return {ipv4(0x01000000 + number), 8333};
}
Endpoint in_group(std::uint32_t group, std::uint32_t number = 1) {
  return endpoint((group << 16) + number);
}

AddressEntry entry(const Endpoint& at, UnixTime seen = kNow) {
  return {static_cast<std::uint32_t>(seen.seconds), wire::kNodeNetwork, at};
}

const NetworkAddress kSource = ipv4(0xfa010101);

AddressBook book(std::uint64_t seed = 1, AddressBook::Id first_id = 1) {
  return AddressBook{{crypto::Hash32{static_cast<std::uint8_t>(seed), 2, 3}, Prng{seed}, first_id}, AddressGroups{}};
}

bool tell(AddressBook& to, const Endpoint& at, const NetworkAddress& source = kSource, UnixTime seen = kNow) {
  return to.add({entry(at, seen), source}, kNow);
}

TEST(AddressBook, KnowsWhatItWasTold) {
  AddressBook known = book();
  EXPECT_FALSE(known.select({}, kNow).has_value());
  EXPECT_TRUE(tell(known, endpoint(1)));
  EXPECT_FALSE(tell(known, endpoint(1)));
  EXPECT_TRUE(tell(known, Endpoint{endpoint(1).address, 8334}));
  EXPECT_EQ(known.size(), 2u);
  EXPECT_EQ(known.count(AddressBook::Table::New), 2u);
  EXPECT_EQ(known.count(AddressBook::Table::Tried), 0u);
  EXPECT_EQ(known.find(endpoint(1))->source, kSource);
  EXPECT_EQ(known.find(endpoint(2)), nullptr);
  known.check();
}

TEST(AddressBook, TakesOnlyWhatCanBeReached) {
  AddressBook known = book();
  for (const char* text : {"10.0.0.1", "127.0.0.1", "0.0.0.0", "::1", "fe80::1", "2001:db8::1", "fd6b:88c0:8724::1"}) {
    EXPECT_FALSE(tell(known, {*NetworkAddress::from_string(text), 8333})) << text;
  }
  EXPECT_EQ(known.size(), 0u);
}

TEST(AddressBook, HearsayIsOlderThanItSays) {
  AddressBook known = book();
  EXPECT_TRUE(known.add({entry(endpoint(1)), kSource, 7200}, kNow));
  EXPECT_EQ(known.find(endpoint(1))->entry.last_seen, kNow.seconds - 7200);
  EXPECT_TRUE(known.add({entry(endpoint(2)), endpoint(2).address, 7200}, kNow));
  EXPECT_EQ(known.find(endpoint(2))->entry.last_seen, kNow.seconds);
  EXPECT_TRUE(known.add({entry(endpoint(3), {100}), kSource, 7200}, kNow));
  EXPECT_EQ(known.find(endpoint(3))->entry.last_seen, 0u);
}

TEST(AddressBook, NewsRefreshesTimeAndServices) {
  AddressBook known = book();
  tell(known, endpoint(1), kSource, kNow + -10 * kDay);
  AddressEntry news = entry(endpoint(1), kNow + -kDay);
  news.services = wire::kNodeWitness;
  known.add({news, kSource}, kNow);
  EXPECT_EQ(known.find(endpoint(1))->entry.last_seen, kNow.seconds - kDay);
  EXPECT_EQ(known.find(endpoint(1))->entry.services, wire::kNodeNetwork | wire::kNodeWitness);
  known.set_services(endpoint(1), 5);
  EXPECT_EQ(known.find(endpoint(1))->entry.services, 5u);
  known.note_presence(endpoint(1), kNow);
  EXPECT_EQ(known.find(endpoint(1))->entry.last_seen, kNow.seconds);
}

TEST(AddressBook, SuccessMovesToTried) {
  AddressBook known = book();
  EXPECT_FALSE(known.note_success(endpoint(1), kNow));
  tell(known, endpoint(1));
  EXPECT_TRUE(known.note_success(endpoint(1), kNow));
  EXPECT_FALSE(known.note_success(endpoint(1), kNow));
  EXPECT_EQ(known.count(AddressBook::Table::New), 0u);
  EXPECT_EQ(known.count(AddressBook::Table::Tried), 1u);
  EXPECT_FALSE(tell(known, endpoint(1), ipv4(0x08080808), kNow + 100));
  EXPECT_EQ(known.count(AddressBook::Table::New), 0u);
  known.check();
}

TEST(AddressBook, TerribleOnes) {
  KnownAddress known{
      .entry = entry(endpoint(1)), .source = kSource, .last_try = {}, .last_counted_try = {}, .last_success = {}};
  EXPECT_FALSE(known.is_terrible(kNow));
  known.entry.last_seen = static_cast<std::uint32_t>(kNow.seconds + 601);
  EXPECT_TRUE(known.is_terrible(kNow));
  known.entry.last_seen = static_cast<std::uint32_t>(kNow.seconds - 30 * kDay - 1);
  EXPECT_TRUE(known.is_terrible(kNow));
  known.last_try = kNow;
  EXPECT_FALSE(known.is_terrible(kNow));
  known = {.entry = entry(endpoint(1)),
           .source = kSource,
           .last_try = {},
           .last_counted_try = {},
           .last_success = {},
           .attempts = 3};
  EXPECT_TRUE(known.is_terrible(kNow));
  known.last_success = kNow + -kDay;
  known.attempts = 50;
  EXPECT_FALSE(known.is_terrible(kNow));
  known.last_success = kNow + -8 * kDay;
  EXPECT_TRUE(known.is_terrible(kNow));
}

TEST(AddressBook, FailuresCountOncePerProofThatWeAreOnline) {
  AddressBook known = book();
  tell(known, endpoint(1));
  tell(known, endpoint(0x20000));
  for (int i = 0; i < 5; ++i) known.note_attempt(endpoint(1), AddressBook::Failure::Counts, kNow);
  EXPECT_EQ(known.find(endpoint(1))->attempts, 1);
  known.note_success(endpoint(0x20000), kNow + 10);
  known.note_attempt(endpoint(1), AddressBook::Failure::MayBeOurs, kNow + 20);
  EXPECT_EQ(known.find(endpoint(1))->attempts, 1);
  known.note_attempt(endpoint(1), AddressBook::Failure::Counts, kNow + 20);
  EXPECT_EQ(known.find(endpoint(1))->attempts, 2);
  EXPECT_LT(known.find(endpoint(1))->chance(kNow + 21), 0.01);
  EXPECT_NEAR(known.find(endpoint(1))->chance(kNow + 2000), 0.66 * 0.66, 1e-9);
}

// P-16: whoever sits in one /16 and tells us of the whole Internet reaches 64 buckets of new.
TEST(AddressBook, P16_OneSourceGroupReaches64NewBuckets) {
  AddressBook known = book();
  for (std::uint32_t i = 0; i < 60'000; ++i) tell(known, in_group(i % 200, i), ipv4(0xfa010000 + i % 65536));
  std::set<std::size_t> buckets;
  known.visit(AddressBook::Table::New,
              [&](AddressBook::Place place, const KnownAddress&) { buckets.insert(place.bucket); });
  EXPECT_LE(buckets.size(), 64u);
  EXPECT_GE(buckets.size(), 50u);
  EXPECT_LE(known.size(), 64u * 64u);
  known.check();
}

TEST(AddressBook, P16_OneAddressGroupOfOneSourceReachesOneNewBucket) {
  AddressBook known = book();
  for (std::uint32_t i = 0; i < 5'000; ++i) tell(known, in_group(7, i + 1));
  EXPECT_LE(known.size(), 64u);
}

TEST(AddressBook, P16_OneAddressGroupReaches8TriedBuckets) {
  AddressBook known = book();
  for (std::uint32_t i = 0; i < 5'000; ++i) {
    tell(known, in_group(7, i + 1), ipv4(0x08000000 + (i << 16)));
    known.note_success(in_group(7, i + 1), kNow);
  }
  std::set<std::size_t> buckets;
  known.visit(AddressBook::Table::Tried,
              [&](AddressBook::Place place, const KnownAddress&) { buckets.insert(place.bucket); });
  EXPECT_LE(buckets.size(), 8u);
  EXPECT_GE(buckets.size(), 5u);
  known.check();
}

TEST(AddressBook, P16_OneAddressHasAtMost8Places) {
  AddressBook known = book();
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    tell(known, endpoint(5), ipv4(0x08000000 + (i % 200 << 16)), kNow + -kDay + static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(known.find(endpoint(5))->references, 8);
  known.check();
  EXPECT_TRUE(known.note_success(endpoint(5), kNow));
  EXPECT_EQ(known.find(endpoint(5))->references, 0);
  known.check();
}

// V-43: ids that began anew made old entries point to new addresses.
TEST(AddressBook, V43_IdsGoBeyond32Bits) {
  AddressBook known = book(1, (std::uint64_t{1} << 32) - 10);
  for (std::uint32_t i = 0; i < 100; ++i) tell(known, in_group(i), ipv4(0x08000000 + (i << 16)));
  known.check();
  EXPECT_GT(known.size(), 90u);
}

// B-025: what does not fit goes, and memory does not.
TEST(AddressBook, B025_FloodIsBounded) {
  AddressBook known = book();
  Prng random{25};
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    const NetworkAddress source = ipv4(0x08000000 + static_cast<std::uint32_t>(random.below(1u << 24)));
    tell(known, endpoint(static_cast<std::uint32_t>(random.below(6u << 24) + 1)), source);
  }
  EXPECT_LE(known.size(), AddressBook::kNewBuckets * AddressBook::kBucketSize);
  known.check();
}

// Fills the tried bucket of a group until an address finds its place taken; gives that address.
Endpoint make_collision(AddressBook& known, UnixTime now) {
  for (std::uint32_t i = 1;; ++i) {
    const Endpoint next = in_group(7, i);
    tell(known, next, ipv4(0x08000000 + (i << 16)));
    if (known.find(next) != nullptr && !known.note_success(next, now)) return next;
  }
}

TEST(AddressBook, P16_WhoStillAnswersKeepsHisPlace) {
  AddressBook known = book();
  const Endpoint newer = make_collision(known, kNow);
  const auto older = known.select_in_the_way();
  ASSERT_TRUE(older.has_value());
  EXPECT_TRUE(older->is_tried);
  known.note_success(older->entry.endpoint, kNow + 100);
  known.resolve_collisions(kNow + 200);
  EXPECT_FALSE(known.find(newer)->is_tried);
  EXPECT_TRUE(known.find(older->entry.endpoint)->is_tried);
  EXPECT_FALSE(known.select_in_the_way().has_value());
  known.check();
}

TEST(AddressBook, P16_WhoDoesNotAnswerMakesRoom) {
  AddressBook known = book();
  constexpr std::int64_t kLater = 5 * 3600;
  const Endpoint newer = make_collision(known, kNow);
  const Endpoint older = known.select_in_the_way()->entry.endpoint;
  known.note_success(newer, kNow + kLater);
  known.note_attempt(older, AddressBook::Failure::Counts, kNow + kLater);
  known.resolve_collisions(kNow + kLater + 30);
  EXPECT_FALSE(known.find(newer)->is_tried) << "the test has not had its minute";
  known.resolve_collisions(kNow + kLater + 90);
  EXPECT_TRUE(known.find(newer)->is_tried);
  EXPECT_FALSE(known.find(older)->is_tried);
  EXPECT_EQ(known.find(older)->references, 1);
  known.check();
}

TEST(AddressBook, P16_NobodyTestsForeverAndAtMostTenWait) {
  AddressBook known = book();
  const Endpoint newer = make_collision(known, kNow);
  known.resolve_collisions(kNow + 5 * 3600);
  EXPECT_TRUE(known.find(newer)->is_tried) << "forty minutes without a test are enough";
  for (int i = 0; i < 30; ++i) make_collision(known, kNow + 6 * 3600);
  known.check();  // asserts the ten
}

TEST(AddressBook, SelectKeepsToTheWish) {
  AddressBook known = book();
  const Endpoint onion{*NetworkAddress::from_string("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"),
                       8333};
  for (std::uint32_t i = 0; i < 50; ++i) tell(known, in_group(i));
  tell(known, onion);
  for (std::uint32_t i = 0; i < 10; ++i) known.note_success(in_group(i), kNow);
  const UnixTime later = kNow + kDay;
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(known.select({.table = AddressBook::Table::Tried}, later)->is_tried);
    EXPECT_FALSE(known.select({.table = AddressBook::Table::New}, later)->is_tried);
    EXPECT_EQ(known.select({.networks = {AddressNetwork::Onion}}, later)->entry.endpoint, onion);
    EXPECT_NE(known.select({.networks = {AddressNetwork::Ipv4}}, later)->entry.endpoint, onion);
  }
  EXPECT_FALSE(known.select({.networks = {AddressNetwork::I2p}}, later).has_value());
  EXPECT_FALSE(
      known.select({.table = AddressBook::Table::Tried, .networks = {AddressNetwork::Onion}}, later).has_value());
}

TEST(AddressBook, SelectPrefersThoseThatDidNotFail) {
  AddressBook known = book();
  tell(known, in_group(1));
  tell(known, in_group(2));
  for (int i = 0; i < 8; ++i) {
    known.note_success(in_group(2), kNow + i);
    known.note_attempt(in_group(1), AddressBook::Failure::Counts, kNow + i + 1);
  }
  tell(known, in_group(3));
  int good = 0;
  for (int i = 0; i < 1000; ++i) {
    if (known.select({.table = AddressBook::Table::New}, kNow + kDay)->entry.endpoint == in_group(3)) ++good;
  }
  EXPECT_GT(good, 700);
}

// Who fills a bucket is not chosen more often for it.
TEST(AddressBook, P16_ACrowdInOneBucketCountsAsOne) {
  AddressBook known = book();
  for (std::uint32_t i = 1; i < 500; ++i) tell(known, in_group(1, i));
  const std::size_t crowd = known.size();
  ASSERT_GT(crowd, 40u);
  const Endpoint alone = in_group(77);
  ASSERT_TRUE(tell(known, alone, ipv4(0x08080808)));
  int chosen = 0;
  for (int i = 0; i < 1000; ++i) chosen += known.select({}, kNow)->entry.endpoint == alone ? 1 : 0;
  EXPECT_NEAR(chosen, 500, 100);
}

// A full table, one onion in it that failed again and again and a moment ago: it is what there is.
TEST(AddressBook, SelectFindsTheOnlyOneOfItsNetwork) {
  AddressBook known = book();
  const Endpoint onion{*NetworkAddress::from_string("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"),
                       8333};
  ASSERT_TRUE(tell(known, onion));
  for (std::uint32_t i = 0; i < 60'000; ++i) tell(known, in_group(i % 5000, i), in_group(i % 4999).address);
  ASSERT_GT(known.size(), 30'000u);
  ASSERT_NE(known.find(onion), nullptr);
  const Endpoint proof{ipv4(0x08080808), 1};  // of our being online; nobody told us of it
  for (int i = 0; i < 8; ++i) {
    known.note_success(proof, kNow + 2 * i);
    known.note_attempt(onion, AddressBook::Failure::Counts, kNow + 2 * i + 1);
  }
  EXPECT_LT(known.find(onion)->chance(kNow + 20), 0.001);
  const std::int64_t before = thread_cpu_ns();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(known.select({.networks = {AddressNetwork::Onion}}, kNow + 20)->entry.endpoint, onion);
  }
  RecordProperty("microseconds_each", std::to_string((thread_cpu_ns() - before) / 100'000));
}

TEST(AddressBook, P17_SampleIsPartial) {
  AddressBook known = book();
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    tell(known, in_group(i % 250, i), ipv4(0x08000000 + ((i % 250) << 16)), i % 10 == 0 ? kNow + -40 * kDay : kNow);
  }
  const auto sample = known.sample({}, std::nullopt, kNow);
  EXPECT_EQ(sample.size(), std::min<std::size_t>(1000, known.size() * 23 / 100));
  std::set<Endpoint> distinct;
  for (const AddressEntry& one : sample) {
    distinct.insert(one.endpoint);
    EXPECT_EQ(one.last_seen, kNow.seconds) << "no terrible ones";
  }
  EXPECT_EQ(distinct.size(), sample.size());
  EXPECT_EQ(known.sample({.count_max = 10, .percent_max = 0}, std::nullopt, kNow).size(), 10u);
  EXPECT_TRUE(known.sample({}, AddressNetwork::I2p, kNow).empty());
  known.check();
}

// A long random life keeps the tables and the entries in step.
TEST(AddressBook, RandomLife) {
  AddressBook known = book(9);
  Prng random{77};
  UnixTime now = kNow;
  for (int i = 0; i < 60'000; ++i) {
    now = now + static_cast<std::int64_t>(random.below(120));
    const Endpoint at =
        in_group(static_cast<std::uint32_t>(random.below(20)), static_cast<std::uint32_t>(random.below(400) + 1));
    switch (random.below(7)) {
      case 0:
      case 1:
        known.add({entry(at, now), ipv4(0x08000000 + (static_cast<std::uint32_t>(random.below(40)) << 16)), 3600}, now);
        break;
      case 2:
        known.note_success(at, now);
        break;
      case 3:
        known.note_attempt(at, AddressBook::Failure::Counts, now);
        break;
      case 4:
        if (known.size() != 0) {
          EXPECT_TRUE(known.select({}, now).has_value());
        }
        break;
      case 5:
        known.resolve_collisions(now);
        break;
      default:
        static_cast<void>(known.select_in_the_way());
    }
    if (i % 5000 == 0) known.check();
  }
  known.check();
  EXPECT_GT(known.count(AddressBook::Table::Tried), 100u);
}

}  // namespace
}  // namespace kepeng::gossip::test
