// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_files/peers_dat.h>

#include <gtest/gtest.h>

#include <kepeng/base/files.h>
#include <kepeng/base/simulated_disk.h>

namespace kepeng::peer_files {
namespace {

using gossip::AddressBook;
using gossip::NetworkMagic;

constexpr UnixTime kNow{1'800'000'000};
constexpr NetworkMagic kMagic{0xf9, 0xbe, 0xb4, 0xd9};
const std::string kPath = "/peers.dat";

wire::Endpoint endpoint(std::uint32_t number) {
  return {
      wire::NetworkAddress::ipv4({50, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number), 1}),
      8333};
}

AddressBook book_of(std::uint32_t addresses) {
  AddressBook book{{crypto::Hash32{5}, Prng{1}}, {}};
  for (std::uint32_t i = 0; i < addresses; ++i) {
    const wire::AddressEntry entry{static_cast<std::uint32_t>(kNow.seconds), 9, endpoint(i)};
    book.add({entry, endpoint(i * 7).address}, kNow);
    if (i % 3 == 0) book.note_success(endpoint(i), kNow);
  }
  return book;
}

LoadedPeers load(Env& env, NetworkMagic magic = kMagic) {
  return load_peers(env, {kPath, magic, {}, {crypto::Hash32{6}, Prng{2}}});
}

Bytes content(Env& env, const std::string& path) {
  return read_file(env, path, kPeersBytesMax).value_or(Bytes{});
}

TEST(PeersDat, WhatIsSavedIsLoaded) {
  SimulatedDisk disk;
  EXPECT_EQ(load(disk).book.size(), 0u);
  EXPECT_FALSE(load(disk).warning.has_value());
  EXPECT_EQ(load(disk).book.key(), crypto::Hash32{6});
  const AddressBook book = book_of(300);
  ASSERT_GT(book.size(), 200u);
  ASSERT_TRUE(save_peers(disk, kPath, book, kMagic));
  EXPECT_TRUE(disk.is_durable(kPath));
  const LoadedPeers loaded = load(disk);
  EXPECT_FALSE(loaded.warning.has_value());
  EXPECT_EQ(loaded.book.size(), book.size());
  EXPECT_EQ(loaded.book.key(), book.key());
  loaded.book.check();
}

TEST(PeersDat, D10_B169_ADamagedFileIsSetAside) {
  for (const std::string_view damage : {"short", "flipped", "empty", "another network"}) {
    SimulatedDisk disk;
    Bytes file = write_peers_file(book_of(50), kMagic);
    if (damage == "short") file.resize(file.size() / 2);
    if (damage == "flipped") file[100] ^= 1;
    if (damage == "empty") file.clear();
    const bool is_foreign = damage == "another network";
    ASSERT_TRUE(write_file_atomically(disk, kPath, file));
    const LoadedPeers loaded = load(disk, is_foreign ? NetworkMagic{1, 2, 3, 4} : kMagic);
    EXPECT_EQ(loaded.book.size(), 0u) << damage;
    ASSERT_TRUE(loaded.warning.has_value()) << damage;
    EXPECT_NE(loaded.warning->find("/peers.dat.damaged"), std::string::npos) << *loaded.warning;
    EXPECT_EQ(content(disk, kPath + ".damaged"), file);
    EXPECT_FALSE(exists(disk, kPath).value());
    EXPECT_FALSE(load(disk).warning.has_value());
  }
}

TEST(PeersDat, D10_OnlyTheLatestDamagedFileIsKept) {
  SimulatedDisk disk;
  for (const std::string_view text : {"one", "two"}) {
    ASSERT_TRUE(write_file_atomically(disk, kPath, as_bytes(text)));
    EXPECT_TRUE(load(disk).warning.has_value());
  }
  EXPECT_EQ(as_text(content(disk, kPath + ".damaged")), "two");
  EXPECT_EQ(disk.list("/")->size(), 1u);
}

TEST(PeersDat, D10_AFileTooLargeIsNotRead) {
  SimulatedDisk disk;
  ASSERT_TRUE(write_file_atomically(disk, kPath, Bytes(kPeersBytesMax + 1)));
  EXPECT_TRUE(load(disk).warning.has_value());
}

// Wherever the disk fails, there is a book, and the operator hears of what was lost.
TEST(PeersDat, D10_ADiskThatFailsStopsNobody) {
  for (std::uint64_t nth = 1; nth <= 8; ++nth) {
    SimulatedDisk disk;
    ASSERT_TRUE(write_file_atomically(disk, kPath, as_bytes("damaged")));
    disk.fail_at(nth, DiskFailure::PowerLoss);
    const LoadedPeers loaded = load(disk);
    EXPECT_EQ(loaded.book.size(), 0u);
    EXPECT_TRUE(loaded.warning.has_value());
  }
}

TEST(PeersDat, D10_ACrashLeavesTheOldFileOrTheNew) {
  const AddressBook before = book_of(30), after = book_of(90);
  std::size_t old_ones = 0, new_ones = 0;
  for (std::uint64_t nth = 1; nth <= 12; ++nth) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      SimulatedDisk disk;
      ASSERT_TRUE(save_peers(disk, kPath, before, kMagic));
      disk.fail_at(nth, DiskFailure::PowerLoss);
      static_cast<void>(save_peers(disk, kPath, after, kMagic));
      disk.crash(seed);
      const LoadedPeers loaded = load(disk);
      EXPECT_FALSE(loaded.warning.has_value()) << *loaded.warning;
      old_ones += loaded.book.size() == before.size();
      new_ones += loaded.book.size() == after.size();
    }
  }
  EXPECT_EQ(old_ones + new_ones, 60u);
  EXPECT_GT(old_ones, 0u);
  EXPECT_GT(new_ones, 0u);
}

}  // namespace
}  // namespace kepeng::peer_files
