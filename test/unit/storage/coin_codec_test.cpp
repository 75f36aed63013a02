// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/base/random.h>
#include <kepeng/storage/chainstate_records.h>
#include <kepeng/storage/coin_codec.h>

#include "support/vectors.h"

namespace kepeng::storage {
namespace {

using test::unhex;

// The generator of secp256k1: x, and y of even parity.
const std::string kX = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const std::string kY = "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
// p - y, the point of odd parity.
const std::string kOddY = "b7c52588d95c3b9aa25b0403f1eef75702e84bb7597aabe663b82f6f04ef2777";

std::string packed(const std::string& script) {
  Bytes out;
  const Bytes bytes = unhex(script);
  ScriptCompressor::append(out, bytes);
  EXPECT_EQ(ScriptCompressor::size(bytes), out.size());
  Cursor skipping{out};
  ScriptCompressor::skip(skipping);
  EXPECT_TRUE(skipping.ok() && skipping.remaining() == 0);
  return to_hex(out);
}

std::string unpacked(const std::string& hex) {
  const Bytes bytes = unhex(hex);
  Cursor cursor{bytes};
  Bytes script{1, 2, 3};
  ScriptCompressor::read(cursor, script);
  return cursor.ok() && cursor.remaining() == 0 ? to_hex(script) : "fails";
}

TEST(CoinCodec, AmountsByHand) {
  constexpr std::int64_t kCoin = 100'000'000;
  const std::vector<std::pair<std::int64_t, std::uint64_t>> cases{
      {0, 0},
      {1, 1},
      {9, 81},
      {10, 2},
      {1'000'000, 7},
      {kCoin, 9},
      {50 * kCoin, 50},
      {5000000000, 0x32},
      {21'000'000 * kCoin, 21'000'000},
      {123'456'789, 1 + (12'345'678ull * 9 + 9 - 1) * 10},
      {1'000'000'000, 10},
      {10'000'000'000, 100},
  };
  for (const auto& [sats, compressed] : cases) {
    EXPECT_EQ(compress_amount(Amount{sats}), compressed) << sats;
    EXPECT_EQ(decompress_amount(compressed).sats, sats);
  }
}

TEST(CoinCodec, AmountsRoundTrip) {
  for (std::int64_t sats = 0; sats < 100'000; ++sats) {
    ASSERT_EQ(decompress_amount(compress_amount(Amount{sats})).sats, sats);
  }
  for (std::uint64_t compressed = 0; compressed < 100'000; ++compressed) {
    ASSERT_EQ(compress_amount(decompress_amount(compressed)), compressed);
  }
  Prng chance{2};
  for (int i = 0; i < 100'000; ++i) {
    const auto sats = static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(kMaxMoney.sats) + 1));
    ASSERT_EQ(decompress_amount(compress_amount(Amount{sats})).sats, sats);
  }
}

TEST(CoinCodec, TheSixCommonScripts) {
  const std::string hash = "00112233445566778899aabbccddeeff01234567";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"76a914" + hash + "88ac", "00" + hash}, {"a914" + hash + "87", "01" + hash},
      {"2102" + kX + "ac", "02" + kX},         {"2103" + kX + "ac", "03" + kX},
      {"4104" + kX + kY + "ac", "04" + kX},    {"4104" + kX + kOddY + "ac", "05" + kX},
  };
  for (const auto& [script, compressed] : cases) {
    EXPECT_EQ(packed(script), compressed);
    EXPECT_EQ(unpacked(compressed), script);
  }
}

TEST(CoinCodec, OtherScriptsAreKeptWhole) {
  EXPECT_EQ(packed(""), "06");
  EXPECT_EQ(packed("6a"), "076a");
  EXPECT_EQ(unpacked("06"), "");
  const std::string witness = "0014" + std::string(40, 'a');
  EXPECT_EQ(packed(witness), "1c" + witness);
  EXPECT_EQ(unpacked("1c" + witness), witness);
  // Off the curve, a hybrid key, a wrong prefix, a push too many: nothing may be lost of these.
  const std::string off_curve = "4104" + kX + kX + "ac";
  EXPECT_EQ(packed(off_curve), "49" + off_curve);
  EXPECT_EQ(unpacked("49" + off_curve), off_curve);
  const std::string hybrid = "4106" + kX + kY + "ac";
  EXPECT_EQ(packed(hybrid), "49" + hybrid);
  const std::string four = "2104" + kX + "ac";
  EXPECT_EQ(packed(four), "29" + four);
  const std::string near = "76a914" + std::string(40, '0') + "88ad";
  EXPECT_EQ(packed(near), "1f" + near);
  // Size 122 is the first whose code needs two bytes: 128.
  EXPECT_EQ(packed(std::string(244, '0')).substr(0, 4), "8000");
}

TEST(CoinCodec, DamageFailsAndHugeScriptsCannotRun) {
  EXPECT_EQ(unpacked(""), "fails");
  EXPECT_EQ(unpacked("00aabb"), "fails");
  EXPECT_EQ(unpacked("0a0102"), "fails");
  EXPECT_EQ(unpacked("8efefefe7f"), "fails");                 // a size of 4 GiB reserves nothing
  EXPECT_EQ(unpacked("04" + std::string(64, '0')), "fails");  // x = 0 is on no point
  Bytes huge;
  append(huge, unhex("cd16"));  // 10,000 + 6
  huge.resize(huge.size() + 10'000, 0x51);
  EXPECT_EQ(unpacked(to_hex(huge)).size(), 20'000u);
  Bytes too_huge;
  append(too_huge, unhex("cd17"));
  too_huge.resize(too_huge.size() + 10'001, 0x51);
  EXPECT_EQ(unpacked(to_hex(too_huge)), "6a");
}

// Height 203998, coinbase; 60,000,000,000 sats = 600 coins; pay-to-public-key-hash.
// Code 407997: 17, 101, 61 with high bits and the subtraction = 97f23d; amount 600 = 8358.
TEST(CoinCodec, ACoinByHand) {
  const std::string hash = "816115944e077fe7c803cfa57f29b36bf87c1d35";
  const Coin coin{Amount{60'000'000'000}, unhex("76a914" + hash + "88ac"), 203998, true};
  Bytes row;
  append_coin(row, coin.view());
  EXPECT_EQ(to_hex(row), "97f23d835800" + hash);
  const auto back = decode_coin(row);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, coin);
  row.push_back(0);
  EXPECT_EQ(decode_coin(row).error(), DecodeError::TrailingBytes);

  Bytes undo;
  append_undo_coin(undo, coin.view());
  EXPECT_EQ(to_hex(undo), "97f23d00835800" + hash);
  Cursor cursor{undo};
  Coin undone;
  read_undo_coin(cursor, undone);
  EXPECT_EQ(undone, coin);

  // At height 0 there is no dummy byte.
  const Coin genesis{Amount{1}, {}, 0, false};
  undo.clear();
  append_undo_coin(undo, genesis.view());
  EXPECT_EQ(to_hex(undo), "000106");
}

TEST(CoinCodec, BlockUndoByHand) {
  BlockUndo undo;
  undo.transactions.resize(2);
  undo.transactions[0].spent = {{Amount{5'000'000'000}, unhex("51"), 1, true}, {Amount{7}, unhex("52"), 2, false}};
  undo.transactions[1].spent = {{Amount{0}, unhex("53"), 3, false}};
  Bytes bytes;
  append_block_undo(bytes, undo);
  // 5,000,000,000 is 50 = 32; 7 sats: digit 7 of nothing = 1 + 6 * 10 = 61 = 3d.
  EXPECT_EQ(to_hex(bytes),
            "02"
            "02"
            "0300320751"
            "04003d0752"
            "01"
            "0600000753");
  const auto back = decode_block_undo(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, undo);

  UndoReader reader{bytes};
  std::vector<Coin> coins;
  for (std::uint64_t n = reader.transactions(); n > 0; --n) {
    for (std::uint64_t m = reader.next_transaction(); m > 0; --m) reader.next_coin(coins.emplace_back());
  }
  EXPECT_TRUE(reader.finished());
  ASSERT_EQ(coins.size(), 3u);
  EXPECT_EQ(coins[1], undo.transactions[0].spent[1]);

  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_block_undo(ByteView{bytes}.first(length))) << length;
  }
  bytes.push_back(0);
  EXPECT_EQ(decode_block_undo(bytes).error(), DecodeError::TrailingBytes);
  EXPECT_FALSE(decode_block_undo(unhex("feffffff01")));  // 33 million transactions reserve nothing
}

TEST(ChainstateRecords, CoinKeysByHand) {
  Txid txid;
  for (std::size_t i = 0; i < 32; ++i) txid.bytes[i] = static_cast<std::uint8_t>(i);
  const std::string prefix = "43000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  const std::vector<std::pair<std::uint32_t, std::string>> cases{
      {0, "00"}, {127, "7f"}, {128, "8000"}, {0xffffffff, "8efefefe7f"}};
  for (const auto& [index, hex] : cases) {
    const CoinKey key{OutPoint{txid, index}};
    EXPECT_EQ(to_hex(key.view()), prefix + hex);
    EXPECT_EQ(decode_coin_key(key.view()), (OutPoint{txid, index}));
  }
  EXPECT_FALSE(decode_coin_key(unhex(prefix)));
  EXPECT_FALSE(decode_coin_key(unhex(prefix + "0000")));
  EXPECT_FALSE(decode_coin_key(unhex("42" + prefix.substr(2) + "00")));
  EXPECT_FALSE(decode_coin_key({}));
}

}  // namespace
}  // namespace kepeng::storage
