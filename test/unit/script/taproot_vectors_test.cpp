// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <random>

#include "script_testing.h"

namespace kepeng::script {
namespace {

// A spend of script_assets: one transaction whose tested input is filled in differently.
struct Asset {
  MutableTransaction tx;
  std::vector<TestCoin> coins;
  std::uint32_t index = 0;
  Flags flags;
  bool final = false;
};

Asset read_asset(const rapidjson::Value& json) {
  Asset asset;
  const auto parsed = parse_transaction(test::unhex(json["tx"].GetString()));
  EXPECT_TRUE(parsed.ok());
  asset.tx = MutableTransaction{**parsed};
  for (const auto& prevout : json["prevouts"].GetArray()) {
    const Bytes raw = test::unhex(prevout.GetString());
    Cursor cursor{raw};
    const Amount value{cursor.read_le<std::int64_t>()};
    asset.coins.push_back({value, to_bytes(cursor.read_var_bytes())});
    EXPECT_TRUE(cursor.ok() && cursor.remaining() == 0);
  }
  asset.index = json["index"].GetUint();
  asset.flags = flags_of(json["flags"].GetString());
  asset.final = json.HasMember("final") && json["final"].GetBool();
  return asset;
}

TxPtr filled_in(const Asset& asset, const rapidjson::Value& spend) {
  MutableTransaction tx = asset.tx;
  tx.inputs[asset.index].script_sig = test::unhex(spend["scriptSig"].GetString());
  tx.inputs[asset.index].witness.clear();
  for (const auto& item : spend["witness"].GetArray()) {
    tx.inputs[asset.index].witness.push_back(test::unhex(item.GetString()));
  }
  return tx.freeze();
}

// Verifies one input under many sets of flags.
class Assets {
 public:
  Assets(const Asset& asset, TxPtr tx) : asset_{asset}, tx_{std::move(tx)} {
    for (const TestCoin& coin : asset.coins) spent_.push_back({coin.value, coin.script_pubkey});
    hashes_.compute(*tx_, spent_);
  }
  std::string exact() { return Judge{}.verdict(*tx_, asset_.index, asset_.coins, asset_.flags); }
  bool verifies(Flags flags) {
    return interpreter_.verify_input({*tx_, asset_.index, spent_, &hashes_, nullptr}, flags).ok();
  }

 private:
  const Asset& asset_;
  TxPtr tx_;
  std::vector<TxOut> spent_;
  PrecomputedHashes hashes_;
  Interpreter interpreter_{Interpreter::Path::General};
};

constexpr int kRandomSets = 6;

std::vector<Flags> larger_sets(Flags flags, std::mt19937& random) {
  std::vector<Flags> sets{Flags::all()};
  for (unsigned i = 0; i < kFlagCount; ++i) {
    if (!flags.has(static_cast<Flag>(i))) sets.push_back(filled(flags.with({static_cast<Flag>(i)})));
  }
  for (int i = 0; i < kRandomSets; ++i) {
    sets.push_back(filled(flags.with(Flags::from_bits(static_cast<std::uint32_t>(random())))));
  }
  return sets;
}

// Every smaller set that one flag fewer gives, and some with several fewer.
std::vector<Flags> smaller_sets(Flags flags, std::mt19937& random) {
  std::vector<Flags> sets{Flags{}};
  for (unsigned i = 0; i < kFlagCount; ++i) {
    if (flags.has(static_cast<Flag>(i))) sets.push_back(trimmed(flags.without({static_cast<Flag>(i)})));
  }
  for (int i = 0; i < kRandomSets; ++i) {
    sets.push_back(trimmed(flags.without(Flags::from_bits(static_cast<std::uint32_t>(random())))));
  }
  return sets;
}

TEST(TaprootVectors, ScriptAssets) {
  KEPENG_NEED_VECTORS();
  std::mt19937 random{3};
  int successes = 0;
  int failures = 0;
  int finals = 0;
  for (const std::string& line : test::read_shared_xz_lines("vectors/taproot/script_assets_a.jsonl.xz")) {
    const auto json = test::parse_json(line);
    const std::string comment = json["comment"].GetString();
    const Asset asset = read_asset(json);
    Assets good{asset, filled_in(asset, json["success"])};
    EXPECT_EQ(good.exact(), "OK") << comment;
    const auto sets = asset.final ? larger_sets(asset.flags, random) : smaller_sets(asset.flags, random);
    for (const Flags flags : sets) EXPECT_TRUE(good.verifies(flags)) << comment << " " << to_string(flags);
    ++successes;
    finals += asset.final ? 1 : 0;
    if (!json.HasMember("failure")) continue;
    Assets bad{asset, filled_in(asset, json["failure"])};
    EXPECT_NE(bad.exact(), "OK") << comment;
    for (const Flags flags : larger_sets(asset.flags, random)) {
      EXPECT_FALSE(bad.verifies(flags)) << comment << " " << to_string(flags);
    }
    ++failures;
  }
  EXPECT_EQ(successes, 2760);
  EXPECT_EQ(failures, 2483);
  EXPECT_EQ(finals, 708);
}

struct Leaf {
  std::vector<Bytes> path;  // the siblings, lowest first
  std::uint8_t version = 0;
  crypto::Hash32 hash{};
};

// The root of a tree of the vectors, and its leaves from left to right.
Bytes walk(const rapidjson::Value& tree, std::vector<Leaf>& leaves) {
  if (tree.IsObject()) {
    Leaf leaf;
    leaf.version = static_cast<std::uint8_t>(tree["leafVersion"].GetUint());
    const Bytes script = test::unhex(tree["script"].GetString());
    leaf.hash = tap_leaf_hash({leaf.version, script});
    leaves.push_back(leaf);
    return to_bytes(leaf.hash);
  }
  const std::size_t begin = leaves.size();
  const Bytes left = walk(tree[0], leaves);
  const std::size_t middle = leaves.size();
  const Bytes right = walk(tree[1], leaves);
  for (std::size_t i = begin; i < leaves.size(); ++i) leaves[i].path.push_back(i < middle ? right : left);
  return to_bytes(tap_branch_hash(left, right));
}

TEST(TaprootVectors, C047_WalletTrees) {
  KEPENG_NEED_VECTORS();
  const auto document = test::read_shared_json("vectors/taproot/bip341_wallet_vectors.json");
  int leaves_seen = 0;
  for (const auto& row : document["scriptPubKey"].GetArray()) {
    const Bytes internal = test::unhex(row["given"]["internalPubkey"].GetString());
    std::vector<Leaf> leaves;
    const auto& tree = row["given"]["scriptTree"];
    const Bytes root = tree.IsNull() ? Bytes{} : walk(tree, leaves);
    const crypto::Hash32 tweak = tap_tweak_hash(internal, root);
    EXPECT_EQ(to_hex(tweak), row["intermediary"]["tweak"].GetString());
    const auto output = *crypto::taproot_tweak_public_key(internal, tweak);
    EXPECT_EQ(to_hex(output.key), row["intermediary"]["tweakedPubkey"].GetString());
    const Bytes script_pubkey = ScriptBuilder{}.op(Op::One).push(output.key).take();
    EXPECT_EQ(to_hex(script_pubkey), row["expected"]["scriptPubKey"].GetString());
    if (tree.IsNull()) continue;
    EXPECT_EQ(to_hex(root), row["intermediary"]["merkleRoot"].GetString());
    for (std::size_t i = 0; i < leaves.size(); ++i, ++leaves_seen) {
      const auto at = static_cast<rapidjson::SizeType>(i);
      EXPECT_EQ(to_hex(leaves[i].hash), row["intermediary"]["leafHashes"][at].GetString());
      Bytes control{static_cast<std::uint8_t>(leaves[i].version | static_cast<std::uint8_t>(output.parity))};
      append(control, internal);
      for (const Bytes& sibling : leaves[i].path) append(control, sibling);
      EXPECT_EQ(to_hex(control), row["expected"]["scriptPathControlBlocks"][at].GetString());
      EXPECT_TRUE(check_tap_commitment(control, output.key, leaves[i].hash));
      EXPECT_EQ(to_hex(tap_merkle_root(control, leaves[i].hash)), to_hex(root));
      control[0] ^= 1;
      EXPECT_FALSE(check_tap_commitment(control, output.key, leaves[i].hash));
    }
  }
  EXPECT_EQ(document["scriptPubKey"].Size(), 7u);
  EXPECT_EQ(leaves_seen, 12);
}

TEST(TaprootVectors, C056_WalletKeyPathHashes) {
  KEPENG_NEED_VECTORS();
  const auto document = test::read_shared_json("vectors/taproot/bip341_wallet_vectors.json");
  const auto& row = document["keyPathSpending"][0];
  const TxPtr tx = std::move(parse_transaction(test::unhex(row["given"]["rawUnsignedTx"].GetString()))).value();
  std::vector<TestCoin> coins;
  for (const auto& coin : row["given"]["utxosSpent"].GetArray()) {
    coins.push_back({Amount{coin["amountSats"].GetInt64()}, test::unhex(coin["scriptPubKey"].GetString())});
  }
  std::vector<TxOut> spent;
  for (const TestCoin& coin : coins) spent.push_back({coin.value, coin.script_pubkey});

  const TxPtr signed_tx =
      std::move(parse_transaction(test::unhex(row["auxiliary"]["fullySignedTx"].GetString()))).value();
  const PrecomputedHashes hashes{*signed_tx, spent};
  const auto& shared = row["intermediary"];
  ASSERT_NE(hashes.taproot(), nullptr);
  EXPECT_EQ(to_hex(hashes.taproot()->amounts), shared["hashAmounts"].GetString());
  EXPECT_EQ(to_hex(hashes.taproot()->outputs), shared["hashOutputs"].GetString());
  EXPECT_EQ(to_hex(hashes.taproot()->prevouts), shared["hashPrevouts"].GetString());
  EXPECT_EQ(to_hex(hashes.taproot()->scripts), shared["hashScriptPubkeys"].GetString());
  EXPECT_EQ(to_hex(hashes.taproot()->sequences), shared["hashSequences"].GetString());

  int count = 0;
  for (const auto& input : row["inputSpending"].GetArray()) {
    const auto index = input["given"]["txinIndex"].GetUint();
    const auto type = static_cast<std::uint8_t>(input["given"]["hashType"].GetUint());
    const TaprootMessage message{index, type, {}, {}};
    EXPECT_EQ(to_hex(*taproot_sighash(*tx, message, {spent, nullptr})), input["intermediary"]["sigHash"].GetString());
    EXPECT_EQ(to_hex(*taproot_sighash(*tx, message, {spent, &hashes})), input["intermediary"]["sigHash"].GetString());
    EXPECT_EQ(to_hex(signed_tx->inputs[index].witness[0]), input["expected"]["witness"][0].GetString());
    EXPECT_EQ(Judge{}.verdict(*signed_tx, index, coins, kConsensusFlags), "OK");
    ++count;
  }
  EXPECT_EQ(count, 7);
}

}  // namespace
}  // namespace kepeng::script
