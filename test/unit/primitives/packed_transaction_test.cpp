// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/packed_transaction.h>

#include <gtest/gtest.h>

#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng {
namespace {

// Scripts of every form of length, with witnesses and without.
MutableTransaction sample(std::size_t inputs, std::size_t outputs, bool has_witness) {
  constexpr std::array<std::size_t, 5> kLengths{0, 1, 252, 253, 70'000};
  MutableTransaction tx;
  tx.version = 3;
  tx.lock_time = 77;
  for (std::size_t i = 0; i < inputs; ++i) {
    MutableTxIn& input = tx.inputs.emplace_back();
    input.prevout.txid.bytes[5] = static_cast<std::uint8_t>(i);
    input.prevout.index = static_cast<std::uint32_t>(1'000 + i);
    input.script_sig = Bytes(kLengths[i % kLengths.size()], 0x51);
    if (has_witness && i % 2 == 0) input.witness = {Bytes(i, 1), Bytes(kLengths[(i + 2) % kLengths.size()], 2)};
  }
  for (std::size_t i = 0; i < outputs; ++i) {
    tx.outputs.push_back({Amount{static_cast<std::int64_t>(i * 11)}, Bytes(kLengths[(i + 1) % kLengths.size()], 0x52)});
  }
  return tx;
}

void expect_same(const Transaction& tx, const PackedTransaction& packed) {
  EXPECT_EQ(packed.txid, tx.txid);
  EXPECT_EQ(packed.wtxid, tx.wtxid);
  EXPECT_TRUE(equal(packed.raw(), tx.raw));
  EXPECT_EQ(packed.weight(), tx.weight());
  EXPECT_EQ(packed.virtual_size(), tx.virtual_size());
  EXPECT_EQ(packed.has_witness(), tx.has_witness());
  EXPECT_EQ(packed.version(), tx.version);
  ASSERT_EQ(packed.input_count(), tx.inputs.size());
  ASSERT_EQ(packed.output_count(), tx.outputs.size());
  std::size_t visited = 0;
  const auto prevouts = packed.prevouts();
  for (auto at = prevouts.begin(); at != prevouts.end(); ++at) {
    EXPECT_EQ(*at, tx.inputs[visited].prevout);
    EXPECT_EQ(packed.prevout_at(at.place()), *at);
    ++visited;
  }
  EXPECT_EQ(visited, tx.inputs.size());
  for (std::size_t i = 0; i < tx.outputs.size(); ++i) {
    EXPECT_EQ(packed.output(i).value, tx.outputs[i].value);
    EXPECT_TRUE(equal(packed.output(i).script_pubkey, tx.outputs[i].script_pubkey));
  }
}

TEST(PackedTransaction, SaysWhatTheTransactionSaysAndComesBackWhole) {
  for (const std::size_t inputs : {1, 2, 7, 300}) {
    for (const std::size_t outputs : {1, 5, 260}) {
      for (const bool has_witness : {false, true}) {
        const TxPtr tx = sample(inputs, outputs, has_witness).freeze();
        PackedTxPtr packed = pack(*tx);
        expect_same(*tx, *packed);
        EXPECT_LE(packed->memory_bytes(), tx->raw.size() + 88);
        const TxPtr again = unpack(packed);
        packed = nullptr;
        EXPECT_EQ(again->txid, tx->txid);
        EXPECT_EQ(again->wtxid, tx->wtxid);
        EXPECT_EQ(again->lock_time, tx->lock_time);
        EXPECT_EQ(again->stripped_size, tx->stripped_size);
        EXPECT_TRUE(equal(again->raw, tx->raw));
        for (std::size_t i = 0; i < inputs; ++i) {
          ASSERT_EQ(again->inputs[i].witness.size(), tx->inputs[i].witness.size());
          EXPECT_TRUE(equal(again->inputs[i].script_sig, tx->inputs[i].script_sig));
        }
      }
    }
  }
}

TEST(PackedTransaction, IsSharedByMany) {
  const TxPtr tx = sample(1, 1, true).freeze();
  PackedTxPtr first = pack(*tx);
  PackedTxPtr second = first;
  PackedTxPtr third{std::move(second)};
  EXPECT_EQ(first, third);
  second = third;
  first = nullptr;
  third = PackedTxPtr{};
  EXPECT_FALSE(first);
  expect_same(*tx, *second);
}

}  // namespace
}  // namespace kepeng
