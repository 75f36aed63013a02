// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/policy/standard.h>

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/script/builder.h>

namespace kepeng::policy {
namespace {

using script::Op;
using script::ScriptBuilder;

Bytes program(Op version, std::size_t bytes) {
  return ScriptBuilder{}.op(version).push(Bytes(bytes, 7)).take();
}
Bytes p2sh(ByteView redeem = {}) {
  Bytes hash(20, 9);
  if (!redeem.empty()) hash[0] = redeem[0];
  return ScriptBuilder{}.op(Op::Hash160).push(hash).op(Op::Equal).take();
}
Bytes data_output(std::size_t bytes) {
  return ScriptBuilder{}.op(Op::Return).push(Bytes(bytes, 1)).take();
}
Bytes bare_multisig(int required, int keys) {
  ScriptBuilder script;
  script.push_number(required);
  for (int i = 0; i < keys; ++i) {
    Bytes key(33, 5);
    key[0] = 2;
    script.push(key);
  }
  return script.push_number(keys).op(Op::CheckMultisig).take();
}

MutableTransaction plain() {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{}, 1}, {}, 0xffffffff, {}});
  tx.outputs.push_back({Amount{50'000}, program(Op::Zero, 20)});
  return tx;
}
std::string verdict(const MutableTransaction& tx, const Policy& policy = {}) {
  const auto judged = check_standard(*tx.freeze(), policy);
  return judged ? "" : judged.error().text();
}

TEST(Standard, B089_Versions) {
  for (const std::uint32_t version : {0u, 4u, 0xffffffffu, 0x80000001u}) {
    auto tx = plain();
    tx.version = version;
    EXPECT_EQ(verdict(tx), "version") << version;
  }
  for (const std::uint32_t version : {1u, 2u, 3u}) {
    auto tx = plain();
    tx.version = version;
    EXPECT_EQ(verdict(tx), "") << version;
  }
}

TEST(Standard, B027_Weight) {
  auto tx = plain();
  tx.inputs[0].witness = {Bytes(399'000, 1)};
  const std::uint64_t rest = 400'000 - tx.freeze()->weight();
  tx.inputs[0].witness = {Bytes(399'000 + rest, 1)};
  ASSERT_EQ(tx.freeze()->weight(), 400'000u);
  EXPECT_EQ(verdict(tx), "");
  tx.inputs[0].witness[0].push_back(1);
  EXPECT_EQ(verdict(tx), "tx-size");
}

TEST(Standard, B091_ScriptSigs) {
  auto tx = plain();
  tx.inputs[0].script_sig = ScriptBuilder{}.push(Bytes(1'647, 1)).take();
  ASSERT_EQ(tx.inputs[0].script_sig.size(), 1'650u);
  EXPECT_EQ(verdict(tx), "");
  tx.inputs[0].script_sig.push_back(0);
  EXPECT_EQ(verdict(tx), "scriptsig-size");
  tx.inputs[0].script_sig = {0x51, 0x76};  // 1 DUP
  EXPECT_EQ(verdict(tx), "scriptsig-not-pushonly");
  tx.inputs[0].script_sig = {0x05, 0x01};  // cut off
  EXPECT_EQ(verdict(tx), "scriptsig-not-pushonly");
  tx.inputs[0].script_sig = {0x60, 0x50};  // 16, and the reserved opcode that counts as a push
  EXPECT_EQ(verdict(tx), "");
}

TEST(Standard, B093_Outputs) {
  auto tx = plain();
  const auto with = [&](Bytes script) {
    tx.outputs[0].script_pubkey = std::move(script);
    return verdict(tx);
  };
  EXPECT_EQ(with({0x51, 0x51}), "scriptpubkey");
  EXPECT_EQ(with(bare_multisig(1, 3)), "");
  EXPECT_EQ(with(bare_multisig(1, 4)), "scriptpubkey");
  EXPECT_EQ(with(program(Op::Sixteen, 40)), "");  // may be sent to, not yet spent
  EXPECT_EQ(with({0x51, 0x02, 0x4e, 0x73}), "");  // pay to anchor
  tx.outputs[0].script_pubkey = bare_multisig(1, 2);
  EXPECT_EQ(verdict(tx, {.permits_bare_multisig = false}), "bare-multisig");
}

TEST(Standard, B094_DataOutputsAddUp) {
  auto tx = plain();
  tx.outputs.push_back({Amount{}, data_output(490)});
  tx.outputs.push_back({Amount{}, data_output(502)});
  ASSERT_EQ(tx.outputs[1].script_pubkey.size() + tx.outputs[2].script_pubkey.size(), 1'000u);
  EXPECT_EQ(verdict(tx, {.data_bytes = 1'000}), "");
  EXPECT_EQ(verdict(tx, {.data_bytes = 999}), "datacarrier");
  EXPECT_EQ(verdict(tx, {.data_bytes = std::nullopt}), "datacarrier");
  EXPECT_EQ(verdict(tx), "");
}

// What an input costs, three times its bytes by the usual rate.
TEST(Standard, B092_Dust) {
  const auto threshold = [](Bytes script, FeeRate rate = {3'000}) {
    return dust_threshold({Amount{}, script}, rate).sats;
  };
  const Bytes p2pkh =
      ScriptBuilder{}.op(Op::Dup).op(Op::Hash160).push(Bytes(20, 1)).op(Op::EqualVerify).op(Op::CheckSig).take();
  EXPECT_EQ(threshold(p2pkh), 546);
  EXPECT_EQ(threshold(p2sh()), 540);
  EXPECT_EQ(threshold(program(Op::Zero, 20)), 294);
  EXPECT_EQ(threshold(program(Op::Zero, 32)), 330);
  EXPECT_EQ(threshold(program(Op::One, 32)), 330);
  EXPECT_EQ(threshold({0x51, 0x02, 0x4e, 0x73}), 240);
  EXPECT_EQ(threshold(data_output(30)), 0);
  EXPECT_EQ(threshold(p2pkh, {1}), 1);  // rounded up
  auto tx = plain();
  tx.outputs[0].value = {293};
  EXPECT_EQ(verdict(tx), "");  // one may be, without a fee
  EXPECT_TRUE(check_ephemeral(*tx.freeze(), Amount{}, Amount{}, {}));
  EXPECT_EQ(check_ephemeral(*tx.freeze(), Amount{1}, Amount{}, {}).error().text(),
            "dust, tx with dust output must be 0-fee");
  EXPECT_FALSE(check_ephemeral(*tx.freeze(), Amount{}, Amount{-1}, {}));
  tx.outputs.push_back(tx.outputs[0]);
  EXPECT_EQ(verdict(tx), "dust");
  tx.outputs[0].value = {294};
  EXPECT_EQ(verdict(tx), "");
}

struct Spend {
  MutableTransaction tx = plain();
  Bytes script;

  std::vector<consensus::Coin> coins() const { return {{{Amount{1'000}, script}, 1, false}}; }
  std::string inputs() const {
    const auto judged = check_inputs(*tx.freeze(), coins());
    return judged ? "" : judged.error().text();
  }
  bool has_standard_witness() const { return check_witness(*tx.freeze(), coins()).ok(); }
};

TEST(Standard, B096_WhatMayBeSpent) {
  Spend spend;
  spend.script = program(Op::One, 32);
  EXPECT_EQ(spend.inputs(), "");
  spend.script = {0x51, 0x51};
  EXPECT_EQ(spend.inputs(), "bad-txns-nonstandard-inputs, input 0 script unknown");
  spend.script = program(Op::Two, 32);
  EXPECT_EQ(spend.inputs(), "bad-txns-nonstandard-inputs, input 0 witness program is undefined");
  spend.script = p2sh();
  EXPECT_NE(spend.inputs(), "");
  const Bytes fifteen = bare_multisig(1, 15);
  spend.tx.inputs[0].script_sig = ScriptBuilder{}.push(fifteen).take();
  EXPECT_EQ(spend.inputs(), "");
  Bytes sixteen = fifteen;
  sixteen.push_back(0xac);  // CHECKSIG
  spend.tx.inputs[0].script_sig = ScriptBuilder{}.push(sixteen).take();
  EXPECT_EQ(spend.inputs(), "bad-txns-nonstandard-inputs, input 0 p2sh redeemscript sigops exceed limit");
}

TEST(Standard, B095_LegacySignatureOperations) {
  Spend spend;
  spend.script = Bytes(2'500, 0xac);
  EXPECT_EQ(spend.inputs(), "bad-txns-nonstandard-inputs, input 0 script unknown");
  spend.script.push_back(0xac);
  EXPECT_EQ(spend.inputs(), "bad-txns-nonstandard-inputs, non-witness sigops exceed bip54 limit");
}

TEST(Standard, B096_Witnesses) {
  Spend spend;
  auto& witness = spend.tx.inputs[0].witness;
  spend.script = program(Op::Zero, 32);
  witness = std::vector<Bytes>(100, Bytes(80, 1));
  witness.push_back(Bytes(3'600, 1));
  EXPECT_TRUE(spend.has_standard_witness());
  witness.back().push_back(1);
  EXPECT_FALSE(spend.has_standard_witness());
  witness.back().pop_back();
  witness.insert(witness.begin(), Bytes{});
  EXPECT_FALSE(spend.has_standard_witness());
  witness.erase(witness.begin());
  witness[0].push_back(1);
  EXPECT_FALSE(spend.has_standard_witness());

  spend.script = program(Op::One, 32);
  witness = {Bytes(64, 1)};
  EXPECT_TRUE(spend.has_standard_witness());
  witness = {Bytes(64, 1), Bytes{0x50}};  // an annex
  EXPECT_FALSE(spend.has_standard_witness());
  const Bytes control(33, 0xc0);
  witness = {Bytes(80, 1), Bytes(5'000, 1), control};
  EXPECT_TRUE(spend.has_standard_witness());
  witness[0].push_back(1);
  EXPECT_FALSE(spend.has_standard_witness());
  witness.back()[0] = 0xc2;  // another leaf version: its limits are not known
  EXPECT_TRUE(spend.has_standard_witness());

  witness = {Bytes(1, 1)};
  spend.script = {0x51, 0x02, 0x4e, 0x73};
  EXPECT_FALSE(spend.has_standard_witness());
  spend.script = p2sh();
  spend.tx.inputs[0].script_sig = ScriptBuilder{}.push(program(Op::Zero, 20)).take();
  EXPECT_TRUE(spend.has_standard_witness());
  spend.tx.inputs[0].script_sig = ScriptBuilder{}.push(Bytes{0x51}).take();
  EXPECT_FALSE(spend.has_standard_witness());
  witness.clear();
  EXPECT_TRUE(spend.has_standard_witness());
}

TEST(Standard, SignatureOperationsCountAsSize) {
  EXPECT_EQ(adjusted_weight(401, 0, {}), 401);
  EXPECT_EQ(adjusted_weight(401, 21, {}), 420);
  EXPECT_EQ(adjusted_weight(401, 21, {.bytes_per_sigop = 0}), 401);
  EXPECT_EQ(virtual_size(401), 101);
}

TEST(FeeRate, RoundsUp) {
  EXPECT_EQ(FeeRate{100}.fee_for(1'004).sats, 101);
  EXPECT_EQ(FeeRate{100}.fee_for(1'000).sats, 100);
  EXPECT_EQ(FeeRate{1}.fee_for(1).sats, 1);
  EXPECT_EQ(FeeRate{0}.fee_for(100).sats, 0);
}

}  // namespace
}  // namespace kepeng::policy
