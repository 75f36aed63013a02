// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/peers_file.h>

#include <gtest/gtest.h>

#include <map>

#include <kepeng/crypto/sha256.h>

#include "support/vectors.h"

namespace kepeng::gossip::test {
namespace {

using Table = AddressBook::Table;

constexpr UnixTime kNow{1'800'000'000};
constexpr NetworkMagic kMagic{0xfa, 0xbf, 0xb5, 0xda};

wire::NetworkAddress ipv4(std::uint64_t number) {
  return wire::NetworkAddress::ipv4({static_cast<std::uint8_t>(1 + (number >> 24) % 8),
                                     static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
                                     static_cast<std::uint8_t>(number)});
}

AddressBook filled(std::uint32_t addresses) {
  AddressBook book{{crypto::Hash32{7, 7, 7}, Prng{5}}, AddressGroups{}};
  Prng random{6};
  for (std::uint32_t i = 0; i < addresses; ++i) {
    const wire::Endpoint at{ipv4(random.next()), static_cast<std::uint16_t>(random.next())};
    for (int tellers = 0; tellers < 3; ++tellers) {
      book.add({{static_cast<std::uint32_t>(kNow.seconds + tellers), 9, at}, ipv4(random.next())}, kNow);
    }
    if (i % 4 == 0) book.note_attempt(at, AddressBook::Failure::Counts, kNow);
    if (i % 3 == 0) book.note_success(at, kNow);
  }
  book.add({{static_cast<std::uint32_t>(kNow.seconds),
             0xffff'ffff'ffff,
             {*wire::NetworkAddress::from_string("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"), 1}},
            *wire::NetworkAddress::from_string("fd6b:88c0:8724::1")},
           kNow);
  return book;
}

// Everything that is to survive a restart, place for place.
using Row = std::tuple<std::size_t, std::size_t, std::uint32_t, wire::Services, std::string, std::int64_t, int>;
std::map<wire::Endpoint, std::vector<Row>> image(const AddressBook& book, Table table) {
  std::map<wire::Endpoint, std::vector<Row>> rows;
  book.visit(table, [&](AddressBook::Place place, const KnownAddress& known) {
    rows[known.entry.endpoint].push_back({place.bucket, place.position, known.entry.last_seen, known.entry.services,
                                          known.source.to_string(), known.last_success.seconds, known.attempts});
  });
  return rows;
}

Result<AddressBook, std::string> load(ByteView file, AddressGroups groups = {}) {
  return read_peers_file(file, kMagic, std::move(groups), Prng{1});
}

// After a change to what it holds.
Bytes rehashed(Bytes file) {
  file.erase(file.end() - 32, file.end());
  append(file, crypto::sha256d(file));
  return file;
}

TEST(PeersFile, EveryPlaceSurvives) {
  const AddressBook book = filled(3000);
  const Bytes file = write_peers_file(book, kMagic);
  const auto loaded = load(file);
  ASSERT_TRUE(loaded.ok()) << loaded.error();
  loaded->check();
  EXPECT_EQ(loaded->size(), book.size());
  EXPECT_GT(loaded->count(Table::Tried), 500u);
  EXPECT_EQ(image(*loaded, Table::New), image(book, Table::New));
  EXPECT_EQ(image(*loaded, Table::Tried), image(book, Table::Tried));
  EXPECT_EQ(loaded->key(), book.key());
}

TEST(PeersFile, EmptyBook) {
  const AddressBook book{AddressBook::fresh_secrets(), AddressGroups{}};
  const auto loaded = load(write_peers_file(book, kMagic));
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->size(), 0u);
}

TEST(PeersFile, KnownHead) {
  const Bytes file = write_peers_file(AddressBook{{crypto::Hash32{7}, Prng{5}}, AddressGroups{}}, kMagic);
  EXPECT_EQ(file.size(), 4u + 2 + 32 + 12 + 1024 * 4 + 32 + 32);
  EXPECT_EQ(file[4], 4);
  EXPECT_EQ(file[5], 36);
  EXPECT_EQ(load_le<std::uint32_t>(file.data() + 46), 1024u ^ 1u << 30);
}

// With other groups the places are others, but nothing gets into a wrong one.
TEST(PeersFile, OtherAsmapOtherPlaces) {
  KEPENG_NEED_VECTORS();
  const AddressBook book = filled(3000);
  const auto asmap = Asmap::parse(kepeng::test::read_shared("vectors/asmap/ip_asn.dat"));
  const auto loaded = load(write_peers_file(book, kMagic), AddressGroups{std::make_shared<const Asmap>(*asmap)});
  ASSERT_TRUE(loaded.ok());
  loaded->check();
  EXPECT_GT(loaded->size(), book.size() / 2);
  const auto again = load(write_peers_file(*loaded, kMagic), loaded->groups());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(image(*again, Table::New), image(*loaded, Table::New));
}

TEST(PeersFile, B169_DamageIsNoticed) {
  const Bytes file = write_peers_file(filled(5), kMagic);
  Prng random{3};
  for (int i = 0; i < 300; ++i) {
    Bytes damaged = file;
    damaged[random.below(damaged.size())] ^= 0x20;
    EXPECT_FALSE(load(damaged).ok());
  }
  for (const std::size_t length : {std::size_t{0}, std::size_t{35}, std::size_t{36}, file.size() - 1}) {
    EXPECT_FALSE(load(ByteView{file}.first(length)).ok());
  }
  EXPECT_FALSE(read_peers_file(file, {1, 2, 3, 4}, {}, Prng{1}).ok());
}

// An honest hash over nonsense: refused, or taken as far as it makes sense.
TEST(PeersFile, B169_NonsenseWithAGoodHash) {
  const Bytes file = write_peers_file(filled(20), kMagic);
  Prng random{4};
  int loaded = 0;
  for (int i = 0; i < 3000; ++i) {
    Bytes damaged = file;
    const std::size_t at = random.below(2) == 0 ? 4 + random.below(46) : 4 + random.below(damaged.size() - 36);
    damaged[at] = static_cast<std::uint8_t>(random.next());
    const auto book = load(rehashed(std::move(damaged)));
    if (!book) continue;
    ++loaded;
    book->check();
  }
  EXPECT_GT(loaded, 300);
  Bytes newer = file;
  newer[5] = 37;
  EXPECT_FALSE(load(rehashed(newer)).ok());
  for (const std::size_t count_at : {38u, 42u, 46u}) {
    Bytes huge = file;
    store_le(huge.data() + count_at, 0x7fffffffu);
    EXPECT_FALSE(load(rehashed(huge)).ok());
  }
}

}  // namespace
}  // namespace kepeng::gossip::test
