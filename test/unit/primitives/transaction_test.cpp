// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/primitives/mutable_transaction.h>

#include "support/vectors.h"

namespace kepeng {
namespace {

// Two inputs, one with a witness, and two outputs.
MutableTransaction sample() {
  MutableTransaction tx;
  tx.version = 0x80000001;
  tx.lock_time = 0x01020304;
  tx.inputs.push_back({{Txid{{1}}, 7}, {0x51}, 0xfffffffe, {}});
  tx.inputs.push_back({{Txid{{2}}, 8}, {}, 0xffffffff, {Bytes{}, Bytes(300, 0xcc)}});
  tx.outputs.push_back({Amount{-1}, {0x6a}});
  tx.outputs.push_back({Amount{INT64_MAX}, Bytes(253, 0x61)});
  return tx;
}

DecodeError error_of(const Bytes& raw, WitnessForm form = WitnessForm::Allowed) {
  const auto parsed = parse_transaction(raw, form);
  EXPECT_FALSE(parsed.ok());
  return parsed.ok() ? DecodeError{} : parsed.error();
}

TEST(Transaction, GoesRoundThroughTheMutableForm) {
  const TxPtr tx = sample().freeze();
  const MutableTransaction copy{*tx};
  EXPECT_TRUE(equal(copy.serialize(), tx->raw));
  EXPECT_EQ(tx->version, 0x80000001u);
  EXPECT_EQ(tx->lock_time, 0x01020304u);
  ASSERT_EQ(tx->inputs.size(), 2u);
  EXPECT_EQ(tx->inputs[0].prevout, (OutPoint{Txid{{1}}, 7}));
  EXPECT_EQ(tx->inputs[0].sequence, 0xfffffffe);
  EXPECT_TRUE(tx->inputs[0].witness.empty());
  ASSERT_EQ(tx->inputs[1].witness.size(), 2u);
  EXPECT_EQ(tx->inputs[1].witness[0].size(), 0u);
  EXPECT_EQ(tx->inputs[1].witness[1].size(), 300u);
  EXPECT_EQ(tx->outputs[0].value, Amount{-1});
  EXPECT_EQ(tx->outputs[1].value, Amount{INT64_MAX});
  EXPECT_EQ(tx->outputs[1].script_pubkey.size(), 253u);
}

TEST(Transaction, C074_TheTxidIgnoresTheWitness) {
  MutableTransaction tx = sample();
  const TxPtr one = tx.freeze();
  tx.inputs[1].witness = {Bytes{9}};
  const TxPtr other = tx.freeze();
  EXPECT_EQ(one->txid, other->txid);
  EXPECT_NE(one->wtxid, other->wtxid);
  const Bytes stripped = tx.serialize(WitnessForm::Forbidden);
  EXPECT_EQ(one->txid.bytes, crypto::sha256d(stripped));
  EXPECT_EQ(one->wtxid.bytes, crypto::sha256d(one->raw));
  const TxPtr bare = *parse_transaction(stripped);
  EXPECT_EQ(bare->txid, one->txid);
  EXPECT_EQ(bare->wtxid.bytes, bare->txid.bytes);
  Bytes again;
  one->append_stripped(again);
  EXPECT_EQ(again, stripped);
  EXPECT_EQ(one->stripped_size, stripped.size());
  EXPECT_EQ(one->weight(), 3 * stripped.size() + one->raw.size());
  EXPECT_EQ(one->virtual_size(), (one->weight() + 3) / 4);
  EXPECT_EQ(bare->weight(), 4 * stripped.size());
}

TEST(Transaction, B026_TruncatedAtEveryByteIsRefused) {
  for (const WitnessForm form : {WitnessForm::Allowed, WitnessForm::Forbidden}) {
    const Bytes whole = sample().serialize(form);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      EXPECT_EQ(error_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))),
                DecodeError::Truncated)
          << length;
    }
    EXPECT_TRUE(parse_transaction(whole).ok());
  }
}

TEST(Transaction, C078_TrailingBytesAreRefused) {
  Bytes raw = sample().serialize();
  raw.push_back(0);
  EXPECT_EQ(error_of(raw), DecodeError::TrailingBytes);
}

TEST(Transaction, B026_EveryFlagByte) {
  const Bytes with_witness = sample().serialize();
  const Bytes without = sample().serialize(WitnessForm::Forbidden);
  for (unsigned flag = 0; flag < 256; ++flag) {
    Bytes raw = with_witness;
    raw[5] = static_cast<std::uint8_t>(flag);
    const auto parsed = parse_transaction(raw);
    EXPECT_EQ(parsed.ok(), flag == 1) << flag;
    if (flag > 1 && (flag & 1) != 0) {
      EXPECT_EQ(parsed.error(), DecodeError::UnknownOptionalData) << flag;
    }
    // The same flag before a body without witness.
    Bytes bare(without.begin(), without.begin() + 4);
    append(bare, Bytes{0, static_cast<std::uint8_t>(flag)});
    append(bare, ByteView{without}.subspan(4));
    EXPECT_FALSE(parse_transaction(bare).ok()) << flag;
  }
}

TEST(Transaction, C076_MarkerAndFlag) {
  // Flag zero: a transaction of nothing at all.
  const Bytes nothing = test::unhex(
      "01000000"
      "0000"
      "05000000");
  const auto empty = parse_transaction(nothing);
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE((*empty)->inputs.empty());
  EXPECT_TRUE((*empty)->outputs.empty());
  EXPECT_EQ((*empty)->lock_time, 5u);
  EXPECT_FALSE((*empty)->has_witness());

  // All witnesses empty.
  MutableTransaction tx = sample();
  tx.inputs[1].witness.clear();
  Bytes raw = tx.serialize();
  Bytes superfluous(raw.begin(), raw.begin() + 4);
  append(superfluous, Bytes{0, 1});
  append(superfluous, ByteView{raw}.subspan(4, raw.size() - 8));
  append(superfluous, Bytes{0, 0});
  append(superfluous, ByteView{raw}.last(4));
  EXPECT_EQ(error_of(superfluous), DecodeError::SuperfluousWitness);

  // Marker and flag without any input.
  EXPECT_EQ(error_of(test::unhex("01000000"
                                 "0001"
                                 "00"
                                 "00"
                                 "00000000")),
            DecodeError::SuperfluousWitness);
  // Where the witness form is forbidden, the marker is an empty list of inputs.
  EXPECT_FALSE(parse_transaction(sample().serialize(), WitnessForm::Forbidden).ok());
  MutableTransaction outputs_only;
  outputs_only.outputs.push_back({Amount{1}, {}});
  const TxPtr frozen = outputs_only.freeze();
  EXPECT_TRUE(frozen->inputs.empty());
  EXPECT_EQ(frozen->outputs.size(), 1u);
}

TEST(Transaction, C075_PaddedCountsAreRefusedEverywhere) {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{1}}, 0}, {0x51}, 0xffffffff, {Bytes{0xaa}}});
  tx.outputs.push_back({Amount{1}, {0x52}});
  const Bytes raw = tx.serialize();
  // Offsets of: input count, script length, output count, script length, item count, item length.
  const std::size_t counts[] = {
      6, 6 + 1 + 36, 6 + 1 + 36 + 2 + 4, 6 + 1 + 36 + 2 + 4 + 1 + 8, raw.size() - 4 - 3, raw.size() - 4 - 2};
  for (const std::size_t at : counts) {
    ASSERT_EQ(raw[at], 1u) << at;
    Bytes padded(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(at));
    append(padded, Bytes{0xfd, 1, 0});
    append(padded, ByteView{raw}.subspan(at + 1));
    EXPECT_EQ(error_of(padded), DecodeError::NonCanonicalSize) << at;
  }
}

TEST(Transaction, C077_ClaimedCountsAllocateNothing) {
  for (const std::uint64_t claimed : {std::uint64_t{1} << 25, (std::uint64_t{1} << 32) - 1}) {
    for (const bool of_outputs : {false, true}) {
      Bytes raw = test::unhex("01000000");
      if (of_outputs) append(raw, ByteView{sample().serialize(WitnessForm::Forbidden)}.subspan(4, 1 + 36 + 2 + 4 + 41));
      append_compact_size(raw, claimed);
      append(raw, Bytes(10, 0));
      EXPECT_FALSE(parse_transaction(raw).ok());
    }
  }
}

TEST(Transaction, C067_OnlyHashZeroWithTheHighestIndexIsNull) {
  EXPECT_TRUE((OutPoint{Txid{}, 0xffffffff}).is_null());
  EXPECT_FALSE((OutPoint{Txid{}, 0}).is_null());
  EXPECT_FALSE((OutPoint{Txid{{1}}, 0xffffffff}).is_null());
  MutableTransaction tx = sample();
  tx.inputs[0].prevout = {Txid{}, 0xffffffff};
  EXPECT_FALSE(tx.freeze()->is_coinbase());
  tx.inputs.pop_back();
  EXPECT_TRUE(tx.freeze()->is_coinbase());
}

// C-058: 1,001 witness items, one of them 98 kB.
TEST(Transaction, C058_WitnessesHaveNoLimitOfTheirOwn) {
  KEPENG_NEED_VECTORS();
  const Bytes raw = test::read_shared("vectors/script/tapscript_998_of_999_multisig.tx");
  const auto tx = parse_transaction(raw);
  ASSERT_TRUE(tx.ok());
  EXPECT_EQ((*tx)->txid.to_string(), "7393096d97bfee8660f4100ffd61874d62f9a65de9fb6acf740c4c386990ef73");
  EXPECT_EQ((*tx)->inputs[0].witness.size(), 1001u);
  EXPECT_TRUE(equal(MutableTransaction{**tx}.serialize(), raw));
}

TEST(Hash256, IsShownReversedAndReadBack) {
  const std::string text = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";
  const auto hash = BlockHash::from_string(text);
  ASSERT_TRUE(hash);
  EXPECT_EQ(hash->bytes[0], 0x6f);
  EXPECT_EQ(hash->to_string(), text);
  EXPECT_FALSE(BlockHash::from_string(text.substr(1)));
  EXPECT_FALSE(BlockHash::from_string(text + "0"));
  EXPECT_FALSE(BlockHash::from_string("g" + text.substr(1)));
  EXPECT_TRUE(BlockHash{}.is_null());
}

}  // namespace
}  // namespace kepeng
