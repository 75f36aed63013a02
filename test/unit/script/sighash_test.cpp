// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/sighash.h>

#include "script_testing.h"

namespace kepeng::script {
namespace {

TxPtr parse(const std::string& hex) {
  auto parsed = parse_transaction(test::unhex(hex));
  EXPECT_TRUE(parsed.ok());
  return std::move(parsed).value();
}

TEST(Sighash, C025_C026_LegacyVectors) {
  KEPENG_NEED_VECTORS();
  const auto document = test::read_shared_json("vectors/sighash/legacy_sighash.json");
  int count = 0;
  for (const auto& row : document.GetArray()) {
    if (row.Size() == 1) continue;
    const TxPtr tx = parse(row[0].GetString());
    const Bytes script = test::unhex(row[1].GetString());
    const EcdsaMessage message{row[2].GetUint(), script, static_cast<std::uint32_t>(row[3].GetInt()), {}};
    const PrecomputedHashes hashes{*tx, {}};
    EXPECT_EQ(to_hex_reversed(legacy_sighash(*tx, message)), row[4].GetString());
    EXPECT_EQ(to_hex_reversed(legacy_sighash(*tx, message, &hashes)), row[4].GetString());
    ++count;
  }
  EXPECT_EQ(count, 500);
}

TEST(Sighash, C041_Bip143Examples) {
  KEPENG_NEED_VECTORS();
  const auto document = test::read_shared_json("vectors/sighash/bip143.json");
  int count = 0;
  for (const auto& example : document.GetArray()) {
    const TxPtr tx = parse(example["unsigned_tx"].GetString());
    const TxPtr signed_tx = parse(example["signed_tx"].GetString());
    const PrecomputedHashes hashes{*signed_tx, {}};
    for (const auto& row : example["sighashes"].GetArray()) {
      const Bytes script = test::unhex(row["script_code"].GetString());
      const EcdsaMessage message{row["input_index"].GetUint(), script, row["hash_type"].GetUint(),
                                 Amount{row["amount"].GetInt64()}};
      EXPECT_EQ(to_hex(bip143_sighash(*tx, message)), row["sighash"].GetString()) << example["title"].GetString();
      EXPECT_EQ(to_hex(bip143_sighash(*signed_tx, message, &hashes)), row["sighash"].GetString());
      ++count;
    }
  }
  EXPECT_EQ(document.Size(), 6u);
  EXPECT_EQ(count, 13);
}

MutableTransaction many_inputs(std::size_t inputs, std::size_t outputs) {
  MutableTransaction tx;
  for (std::size_t i = 0; i < inputs; ++i) {
    MutableTxIn& input = tx.inputs.emplace_back();
    input.prevout.index = static_cast<std::uint32_t>(i);
    input.prevout.txid.bytes[0] = static_cast<std::uint8_t>(i * 7);
    input.sequence = static_cast<std::uint32_t>(i * 11);
  }
  for (std::size_t i = 0; i < outputs; ++i)
    tx.outputs.push_back({Amount{static_cast<std::int64_t>(i)}, Bytes(i % 300, 0x51)});
  tx.lock_time = 77;
  return tx;
}

// Kept states must give the bytes of the plain pass, at every distance from a kept state.
TEST(Sighash, C023_PrecomputedStatesEqualTheWholePass) {
  for (const std::size_t inputs : {1u, 2u, 63u, 64u, 65u, 128u, 129u, 300u}) {
    const TxPtr tx = many_inputs(inputs, 5).freeze();
    const PrecomputedHashes hashes{*tx, {}};
    EXPECT_EQ(hashes.legacy() != nullptr, inputs > 1);
    const Bytes script = script_of("1 CODESEPARATOR CHECKSIG");
    for (std::uint32_t input = 0; input < inputs; ++input) {
      for (const std::uint32_t type : {0u, 1u, 2u, 3u, 0x81u, 0x82u, 0x83u, 0x1fu, 0xffffff41u}) {
        const EcdsaMessage message{input, script, type, {}};
        EXPECT_EQ(legacy_sighash(*tx, message, &hashes), legacy_sighash(*tx, message)) << input << " " << type;
      }
    }
  }
}

TEST(Sighash, C024_SingleOutOfRange) {
  const TxPtr tx = many_inputs(3, 2).freeze();
  crypto::Hash32 one{};
  one[0] = 1;
  std::vector<TxOut> spent(3);
  for (const std::uint32_t type : {0x03u, 0x83u, 0x43u, 0xc3u}) {
    EXPECT_EQ(legacy_sighash(*tx, {2, {}, type, {}}), one) << type;
    EXPECT_NE(legacy_sighash(*tx, {1, {}, type, {}}), one) << type;
    // Version 0 hashes on, with zeros for the output.
    EXPECT_NE(bip143_sighash(*tx, {2, {}, type, {}}), one) << type;
  }
  EXPECT_FALSE(taproot_sighash(*tx, {2, 0x03, {}, {}}, {spent, nullptr}).has_value());
  EXPECT_FALSE(taproot_sighash(*tx, {2, 0x83, {}, {}}, {spent, nullptr}).has_value());
  EXPECT_TRUE(taproot_sighash(*tx, {1, 0x83, {}, {}}, {spent, nullptr}).has_value());
}

TEST(Sighash, C024_SingleWithoutOutputIsTheSameInVersion0WhateverTheOutputs) {
  const TxPtr two = many_inputs(3, 2).freeze();
  const TxPtr one = many_inputs(3, 1).freeze();
  EXPECT_EQ(bip143_sighash(*two, {2, {}, 3, {}}), bip143_sighash(*one, {2, {}, 3, {}}));
}

TEST(Sighash, C045_UndefinedTaprootTypesHaveNoHash) {
  const TxPtr tx = many_inputs(1, 1).freeze();
  const std::vector<TxOut> spent(1);
  int defined = 0;
  for (unsigned type = 0; type < 256; ++type) {
    const bool has = taproot_sighash(*tx, {0, static_cast<std::uint8_t>(type), {}, {}}, {spent, nullptr}).has_value();
    EXPECT_EQ(has, type <= 3 || (type >= 0x81 && type <= 0x83)) << type;
    defined += has ? 1 : 0;
  }
  EXPECT_EQ(defined, 7);
}

// NONE and SINGLE do not sign the sequences of other inputs, SINGLE only its own output.
TEST(Sighash, C026_WhatEachTypeSigns) {
  const auto hash = [](const MutableTransaction& tx, std::uint32_t type) {
    return legacy_sighash(*tx.freeze(), {1, {}, type, {}});
  };
  const MutableTransaction base = many_inputs(3, 3);
  MutableTransaction sequence = base;
  sequence.inputs[0].sequence = 1234;
  MutableTransaction first_output = base;
  first_output.outputs[0].value = Amount{9};
  MutableTransaction own_output = base;
  own_output.outputs[1].value = Amount{9};
  for (const std::uint32_t type : {1u, 2u, 3u}) {
    EXPECT_EQ(hash(base, type) == hash(sequence, type), type != 1) << type;
    EXPECT_EQ(hash(base, type) == hash(first_output, type), type != 1) << type;
    EXPECT_EQ(hash(base, type) == hash(own_output, type), type == 2) << type;
  }
}

TEST(Sighash, C056_TaprootSignsEveryAmountAndScript) {
  const TxPtr tx = many_inputs(3, 3).freeze();
  const Bytes script{0x51};
  std::vector<TxOut> spent(3);
  const auto hash = [&](std::uint8_t type) { return *taproot_sighash(*tx, {0, type, {}, {}}, {spent, nullptr}); };
  const auto all = hash(1);
  const auto alone = hash(0x81);
  EXPECT_NE(hash(0), all);  // the type itself is signed
  spent[2].value = Amount{5};
  EXPECT_NE(hash(1), all);
  EXPECT_EQ(hash(0x81), alone);
  spent[2].value = Amount{0};
  spent[2].script_pubkey = script;
  EXPECT_NE(hash(1), all);
  spent[2].script_pubkey = {};
  spent[0].value = Amount{5};
  EXPECT_NE(hash(0x81), alone);
}

TEST(Sighash, PrecomputedHashesAreRecomputedForAnotherTransaction) {
  const TxPtr first = many_inputs(70, 3).freeze();
  const TxPtr second = many_inputs(2, 9).freeze();
  PrecomputedHashes hashes{*first, {}};
  hashes.compute(*second, {});
  const EcdsaMessage message{1, {}, 1, {}};
  EXPECT_EQ(legacy_sighash(*second, message, &hashes), legacy_sighash(*second, message));
}

}  // namespace
}  // namespace kepeng::script
