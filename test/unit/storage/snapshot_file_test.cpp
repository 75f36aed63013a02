// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/files.h>
#include <kepeng/base/hex.h>
#include <kepeng/base/random.h>
#include <kepeng/base/simulated_disk.h>
#include <kepeng/storage/snapshot_file.h>

#include "support/vectors.h"

namespace kepeng::storage {
namespace {

using test::unhex;

constexpr NetworkMagic kMagic{0xfa, 0xbf, 0xb5, 0xda};
constexpr char kPath[] = "/utxo.dat";

Txid txid_of(std::uint8_t fill) {
  Txid txid;
  txid.bytes.fill(fill);
  return txid;
}

SnapshotHeader header_of(std::uint64_t coins) {
  SnapshotHeader header{kMagic, {}, coins};
  header.base.bytes.fill(0x77);
  return header;
}

const std::vector<SnapshotCoin>& three_coins() {
  static const std::vector<SnapshotCoin> coins{
      {{txid_of(1), 0}, {Amount{5'000'000'000}, unhex("51"), 1, true}},
      {{txid_of(1), 300}, {Amount{7}, unhex("52"), 2, false}},
      {{txid_of(2), 1}, {Amount{0}, unhex("53"), 3, false}},
  };
  return coins;
}

Result<Unit, Fault> write(Env& env, const std::vector<SnapshotCoin>& coins) {
  KP_TRY(auto writer, SnapshotWriter::create(env, kPath, header_of(coins.size())));
  for (const SnapshotCoin& coin : coins) KP_TRY_VOID(writer.add(coin.outpoint, coin.coin.view()));
  return writer.finish();
}

Result<std::size_t, Fault> count(Env& env) {
  KP_TRY(auto reader, SnapshotReader::open(env, kPath));
  SnapshotCoin coin;
  for (std::size_t n = 0;; ++n) {
    KP_TRY(const bool more, reader.next(coin));
    if (!more) return n;
  }
}

TEST(SnapshotFile, ByHand) {
  SimulatedDisk disk;
  ASSERT_TRUE(write(disk, three_coins()));
  EXPECT_TRUE(disk.is_durable(kPath));
  EXPECT_EQ(to_hex(read_file(disk, kPath, 1000).value()),
            "7574786fff"
            "0200"
            "fabfb5da" +
                std::string(64, '7') + "0300000000000000" + txid_of(1).to_string() +
                "02"
                "00"
                "03320751"
                "fd2c01"
                "043d0752" +
                txid_of(2).to_string() +
                "01"
                "01"
                "06000753");
  auto reader = SnapshotReader::open(disk, kPath).value();
  EXPECT_EQ(reader.header().coins, 3u);
  EXPECT_EQ(reader.header().base, header_of(3).base);
  SnapshotCoin coin;
  for (const SnapshotCoin& expected : three_coins()) {
    ASSERT_TRUE(*reader.next(coin));
    EXPECT_EQ(coin.outpoint, expected.outpoint);
    EXPECT_EQ(coin.coin, expected.coin);
  }
  EXPECT_FALSE(*reader.next(coin));
  EXPECT_EQ(reader.coins_read(), 3u);
}

TEST(SnapshotFile, ManyCoinsPassThroughBoundedMemory) {
  SimulatedDisk disk;
  constexpr std::uint64_t kCoins = 100'000;
  auto writer = SnapshotWriter::create(disk, kPath, header_of(kCoins)).value();
  const auto coin_at = [](std::uint64_t i) {
    Txid txid;
    store_be(txid.bytes.data(), i / 3);
    const auto fill = static_cast<std::uint8_t>(i);
    return SnapshotCoin{
        {txid, static_cast<std::uint32_t>(i % 3)},
        {Amount{static_cast<std::int64_t>(i) * 1000}, Bytes(i % 200, fill), static_cast<Height>(i), i % 7 == 0}};
  };
  for (std::uint64_t i = 0; i < kCoins; ++i) {
    const SnapshotCoin coin = coin_at(i);
    ASSERT_TRUE(writer.add(coin.outpoint, coin.coin.view()));
  }
  ASSERT_TRUE(writer.finish());
  EXPECT_GT(disk.status(kPath)->size, 3u << 20);
  auto reader = SnapshotReader::open(disk, kPath).value();
  SnapshotCoin coin;
  for (std::uint64_t i = 0; i < kCoins; ++i) {
    ASSERT_TRUE(*reader.next(coin)) << i;
    ASSERT_EQ(coin.outpoint, coin_at(i).outpoint);
    ASSERT_EQ(coin.coin, coin_at(i).coin);
  }
  EXPECT_FALSE(*reader.next(coin));
}

TEST(SnapshotFile, B131_DamageIsToldApart) {
  SimulatedDisk good;
  ASSERT_TRUE(write(good, three_coins()));
  const Bytes whole = read_file(good, kPath, 1000).value();
  const auto kind_of = [](const Bytes& bytes) {
    SimulatedDisk disk;
    EXPECT_TRUE(write_file_atomically(disk, kPath, bytes));
    const auto counted = count(disk);
    return counted ? std::optional<FaultKind>{} : std::optional{counted.error().kind};
  };
  EXPECT_EQ(kind_of(whole), std::nullopt);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(kind_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))),
              length < 51 ? FaultKind::Unsupported : FaultKind::Corruption)
        << length;
  }
  Bytes changed = whole;
  changed.push_back(0);
  EXPECT_EQ(kind_of(changed), FaultKind::Corruption);
  changed = whole;
  changed[0] = 'U';
  EXPECT_EQ(kind_of(changed), FaultKind::Unsupported);
  changed = whole;
  changed[5] = 3;
  EXPECT_EQ(kind_of(changed), FaultKind::Unsupported);
  changed = whole;
  changed[43] = 2;  // a count too small, too large
  EXPECT_EQ(kind_of(changed), FaultKind::Corruption);
  changed[43] = 4;
  EXPECT_EQ(kind_of(changed), FaultKind::Corruption);
  changed = whole;
  changed[83] = 0;  // a transaction without coins
  EXPECT_EQ(kind_of(changed), FaultKind::Corruption);
}

TEST(SnapshotFile, B130_NothingIsOverwrittenOrLeftBehind) {
  SimulatedDisk disk;
  ASSERT_TRUE(write(disk, three_coins()));
  EXPECT_EQ(SnapshotWriter::create(disk, kPath, header_of(0)).error().kind, FaultKind::Config);
  EXPECT_EQ(*count(disk), 3u);
  ASSERT_TRUE(disk.remove(kPath));
  {
    auto writer = SnapshotWriter::create(disk, kPath, header_of(3)).value();
    ASSERT_TRUE(writer.add(three_coins()[0].outpoint, three_coins()[0].coin.view()));
  }
  EXPECT_TRUE(disk.list("/")->empty());
  disk.set_capacity(60);
  EXPECT_EQ(write(disk, three_coins()).error().kind, FaultKind::DiskFull);
  EXPECT_TRUE(disk.list("/")->empty());
}

}  // namespace
}  // namespace kepeng::storage
