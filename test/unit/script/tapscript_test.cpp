// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "script_testing.h"

namespace kepeng::script {
namespace {

const std::string kOk = "OK";

std::string run_tree(const TapTree& tree, std::vector<Bytes> witness, Flags flags = kConsensusFlags) {
  return CreditAndSpend{{}, tree.script_pubkey, std::move(witness)}.verdict(flags);
}

TEST(Taproot, C042_CommitmentComesBeforeTheLeafVersion) {
  const TapTree tree{script_of("1"), 0xc2};
  EXPECT_EQ(run_tree(tree, tree.witness()), kOk);
  EXPECT_EQ(run_tree(tree, tree.witness(), kConsensusFlags.with({Flag::DiscourageUpgradableTaprootVersion})),
            "DISCOURAGE_UPGRADABLE_TAPROOT_VERSION");
  const Bytes random_control = joined({{0xc2}, Bytes(32, 0x5a)});
  EXPECT_EQ(run_tree(tree, {{1}, {2}, random_control}), "WITNESS_PROGRAM_MISMATCH");
  Bytes other_version = tree.control;
  for (unsigned version = 0; version < 256; version += 2) {
    if (version == 0x50) continue;  // that would be an annex
    other_version[0] = static_cast<std::uint8_t>(version | (tree.control[0] & 1));
    EXPECT_EQ(run_tree(tree, {tree.script, other_version}), version == 0xc2 ? kOk : "WITNESS_PROGRAM_MISMATCH")
        << version;
  }
}

TEST(Taproot, C043_ControlBlockSizesAndBits) {
  const TapTree tree{script_of("1")};
  for (std::size_t size = 0; size <= 4'200; ++size) {
    EXPECT_EQ(is_control_block_size(size), size >= 33 && size <= 4'129 && (size - 33) % 32 == 0) << size;
  }
  Bytes control = tree.control;
  control.pop_back();
  EXPECT_EQ(run_tree(tree, {tree.script, control}), "TAPROOT_WRONG_CONTROL_SIZE");
  EXPECT_EQ(run_tree(tree, {tree.script, joined({tree.control, {0}})}), "TAPROOT_WRONG_CONTROL_SIZE");
  EXPECT_EQ(run_tree(tree, {tree.script, {}}), "TAPROOT_WRONG_CONTROL_SIZE");
  EXPECT_EQ(run_tree(tree, {tree.script, joined({tree.control, Bytes(32, 1)})}), "WITNESS_PROGRAM_MISMATCH");
  Bytes flipped = tree.control;
  flipped[0] ^= 1;
  EXPECT_EQ(run_tree(tree, {tree.script, flipped}), "WITNESS_PROGRAM_MISMATCH");

  // A path of 128 nodes is the longest.
  for (const std::size_t nodes : {1u, 128u, 129u}) {
    const Bytes script = script_of("1");
    const Bytes internal = TestKey{1}.xonly();
    Bytes path;
    crypto::Hash32 root = tap_leaf_hash({kTapscriptLeafVersion, script});
    for (std::size_t i = 0; i < nodes; ++i) {
      const Bytes node(32, static_cast<std::uint8_t>(i));
      root = tap_branch_hash(root, node);
      append(path, node);
    }
    const auto output = *crypto::taproot_tweak_public_key(internal, tap_tweak_hash(internal, root));
    const Bytes first{static_cast<std::uint8_t>(kTapscriptLeafVersion | static_cast<std::uint8_t>(output.parity))};
    const Bytes script_pubkey = ScriptBuilder{}.op(Op::One).push(output.key).take();
    EXPECT_EQ((CreditAndSpend{{}, script_pubkey, {script, joined({first, internal, path})}}).verdict(kConsensusFlags),
              nodes <= 128 ? kOk : "TAPROOT_WRONG_CONTROL_SIZE");
  }
}

// A key path spend of the key itself (no tweak: any valid x is an output key).
struct KeyPath {
  TestKey key{30};
  TwoInputSpend spend{ScriptBuilder{}.op(Op::One).push(key.xonly()).take()};

  Bytes sign(std::uint8_t type, std::optional<crypto::Hash32> annex = {}) const {
    return key.sign_schnorr(spend.taproot_hash({1, type, annex, {}}), type);
  }
  std::string verdict(std::vector<Bytes> witness, Flags flags = kConsensusFlags) const {
    return spend.verdict({}, std::move(witness), flags);
  }
};

TEST(Taproot, C044_Annex) {
  const KeyPath path;
  const Bytes annex = joined({{0x50}, Bytes(300, 0x11)});
  const Bytes with_annex = path.sign(0, annex_hash(annex));
  EXPECT_EQ(path.verdict({with_annex, annex}), kOk);
  EXPECT_EQ(path.verdict({with_annex}), "SCHNORR_SIG");
  EXPECT_EQ(path.verdict({path.sign(0), annex}), "SCHNORR_SIG");
  EXPECT_EQ(path.verdict({path.sign(0), {0x50}}), "SCHNORR_SIG");
  EXPECT_EQ(path.verdict({path.sign(0, annex_hash(Bytes{0x50})), {0x50}}), kOk);
  EXPECT_EQ(path.verdict({annex}), "SCHNORR_SIG_SIZE");                       // alone it is a signature
  EXPECT_EQ(path.verdict({path.sign(0), {}}), "TAPROOT_WRONG_CONTROL_SIZE");  // empty is no annex

  const TestKey key{31};
  const TapTree tree{joined({pushes_of({key.xonly()}), script_of("CHECKSIG")})};
  const TwoInputSpend spend{tree.script_pubkey};
  const auto sign = [&](std::optional<crypto::Hash32> hash) {
    return key.sign_schnorr(spend.taproot_hash({1, 0, hash, TapscriptPosition{tree.leaf_hash, 0xffffffff}}));
  };
  std::vector<Bytes> witness = tree.witness({sign(annex_hash(annex))});
  witness.push_back(annex);
  EXPECT_EQ(spend.verdict({}, witness, kConsensusFlags), kOk);
  witness.pop_back();
  EXPECT_EQ(spend.verdict({}, witness, kConsensusFlags), "SCHNORR_SIG");
  EXPECT_EQ(spend.verdict({}, tree.witness({sign({})}), kConsensusFlags), kOk);
}

TEST(Taproot, C045_KeyPathSignatureForms) {
  const KeyPath path;
  for (const std::uint8_t type : {0x00, 0x01, 0x02, 0x03, 0x81, 0x82, 0x83})
    EXPECT_EQ(path.verdict({path.sign(type)}), kOk);
  const Bytes plain = path.sign(0);
  EXPECT_EQ(path.verdict({joined({plain, {0x00}})}), "SCHNORR_SIG_HASHTYPE");
  EXPECT_EQ(path.verdict({joined({plain, {0x01}})}), "SCHNORR_SIG");
  for (unsigned type = 1; type < 256; ++type) {
    const bool defined = type <= 3 || (type >= 0x81 && type <= 0x83);
    const Bytes signature = joined({plain, {static_cast<std::uint8_t>(type)}});
    EXPECT_EQ(path.verdict({signature}), defined ? "SCHNORR_SIG" : "SCHNORR_SIG_HASHTYPE") << type;
  }
  for (const std::size_t size : {0u, 1u, 63u, 66u, 521u}) {
    EXPECT_EQ(path.verdict({Bytes(size, 1)}), "SCHNORR_SIG_SIZE") << size;
  }
  EXPECT_EQ(path.verdict({}), "WITNESS_PROGRAM_WITNESS_EMPTY");
  EXPECT_EQ(path.verdict({}, kSegwitFlags), kOk);
  EXPECT_EQ(path.spend.verdict(script_of("1"), {plain}, kConsensusFlags), "WITNESS_MALLEATED");
  KeyPath fewer;
  fewer.spend.tx.outputs.resize(1);
  EXPECT_EQ(fewer.verdict({joined({plain, {0x03}})}), "SCHNORR_SIG_HASHTYPE");  // SINGLE without its output
}

TEST(Taproot, C046_KeysOffTheCurve) {
  const Bytes off_curve = test::unhex("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
  KeyPath path;
  const Bytes signature = path.sign(0);
  path.spend.coins[1].script_pubkey = ScriptBuilder{}.op(Op::One).push(off_curve).take();
  EXPECT_EQ(path.verdict({signature}), "SCHNORR_SIG");
  EXPECT_EQ(path.verdict({script_of("1"), joined({{0xc0}, off_curve})}), "WITNESS_PROGRAM_MISMATCH");
  path.spend.coins[1].script_pubkey = ScriptBuilder{}.op(Op::One).push(Bytes(32, 0)).take();
  EXPECT_EQ(path.verdict({signature}), "EVAL_FALSE");  // the program itself is the last item, and false
  const TapTree tree{script_of("1")};
  EXPECT_EQ(run_tree(tree, {tree.script, joined({{tree.control[0]}, off_curve})}), "WITNESS_PROGRAM_MISMATCH");
}

TEST(Taproot, C047_BranchesSortAndLeavesHaveALength) {
  const Bytes low(32, 0x01);
  const Bytes high(32, 0xf1);
  EXPECT_EQ(tap_branch_hash(low, high), tap_branch_hash(high, low));
  for (const std::size_t size : {0u, 252u, 253u, 65'535u, 65'536u}) {
    const TapTree tree{joined({Bytes(size, 0x61), {0x51}})};
    EXPECT_EQ(run_tree(tree, tree.witness()), kOk) << size;
    Bytes manual{kTapscriptLeafVersion};
    append_var_bytes(manual, tree.script);
    EXPECT_EQ(crypto::tagged_hash("TapLeaf", manual), tree.leaf_hash);
  }
}

TEST(Tapscript, C048_OpSuccessFirst) {
  EXPECT_EQ(run_tapscript(script_of("RETURN 0x50")), kOk);
  EXPECT_EQ(run_tapscript(script_of("0x50 0x05 0x01")), kOk);             // undecodable after it
  EXPECT_EQ(run_tapscript(script_of("0x05 0x50")), "BAD_OPCODE");         // undecodable before it
  EXPECT_EQ(run_tapscript(script_of("0x01 0x50 DROP 0")), "EVAL_FALSE");  // inside a push
  EXPECT_EQ(run_tapscript(script_of("0 IF 0x50 ENDIF 0")), kOk);
  EXPECT_EQ(run_tapscript(script_of("0x50"), {}, kConsensusFlags.with({Flag::DiscourageOpSuccess})),
            "DISCOURAGE_OP_SUCCESS");
  EXPECT_EQ(run_tapscript(script_of("0xff")), "BAD_OPCODE");
}

TEST(Tapscript, C049_OrderOfChecks) {
  const std::vector<Bytes> many(1'001, Bytes{1});
  const std::vector<Bytes> large{Bytes(521, 1)};
  std::vector<Bytes> both = many;
  both[0] = large[0];
  EXPECT_EQ(run_tapscript(script_of("0x50"), both), kOk);
  EXPECT_EQ(run_tapscript(script_of("RETURN"), both), "STACK_SIZE");
  EXPECT_EQ(run_tapscript(script_of("RETURN"), large), "PUSH_SIZE");
  EXPECT_EQ(run_tapscript(joined({ScriptBuilder{}.push(large[0]).take(), {0x50}})), kOk);
  EXPECT_EQ(run_tapscript(script_of("0x05 0x01"), both), "BAD_OPCODE");
}

TEST(Tapscript, C050_SignatureBudget) {
  // Signatures for a key of unknown type cost the same and need not verify: 20 checks cost 1,000. The script pushes
  // what it checks, so the witness is just script, control block and padding.
  constexpr int kChecks = 20;
  const Bytes script = joined({repeat("1 2 CHECKSIGVERIFY", kChecks), script_of("1")});
  const TapTree tree{script};
  const std::size_t bare = 1 + (1 + script.size()) + (1 + tree.control.size());
  const std::size_t missing = kChecks * 50 - 50 - bare;
  // As an annex: a length of three bytes counts too.
  for (const int extra : {-1, 0, 1}) {
    std::vector<Bytes> witness = tree.witness();
    Bytes annex(missing - 3 + static_cast<std::size_t>(extra + 1) - 1, 0x00);
    annex[0] = 0x50;
    witness.push_back(annex);
    EXPECT_EQ(run_tree(tree, witness), extra >= 0 ? kOk : "TAPSCRIPT_VALIDATION_WEIGHT") << extra;
  }
  EXPECT_EQ(run_tree(tree, tree.witness()), "TAPSCRIPT_VALIDATION_WEIGHT");
  // Empty signatures are free.
  EXPECT_EQ(run_tapscript(joined({repeat("0 2 CHECKSIG DROP", 500), script_of("1")})), kOk);
  EXPECT_EQ(run_tapscript(joined({repeat("0 0 2 CHECKSIGADD DROP", 500), script_of("1")})), kOk);
  EXPECT_EQ(run_tapscript(joined({repeat("1 0 2 CHECKSIGADD DROP", 1), script_of("1")})), kOk);
  EXPECT_EQ(run_tapscript(joined({repeat("1 0 2 CHECKSIGADD DROP", 30), script_of("1")})),
            "TAPSCRIPT_VALIDATION_WEIGHT");
}

TEST(Tapscript, C051_KeySizes) {
  EXPECT_EQ(run_tapscript(script_of("0 0 CHECKSIG NOT")), "TAPSCRIPT_EMPTY_PUBKEY");
  EXPECT_EQ(run_tapscript(script_of("1 0 CHECKSIG")), "TAPSCRIPT_EMPTY_PUBKEY");
  for (const std::size_t size : {1u, 31u, 33u, 65u, 520u}) {
    const Bytes key = pushes_of({Bytes(size, 0x02)});
    EXPECT_EQ(run_tapscript(joined({script_of("1"), key, script_of("CHECKSIG")})), kOk) << size;
    EXPECT_EQ(run_tapscript(joined({script_of("0"), key, script_of("CHECKSIG NOT")})), kOk) << size;
    EXPECT_EQ(run_tapscript(joined({script_of("1"), key, script_of("CHECKSIG")}), {},
                            kConsensusFlags.with({Flag::DiscourageUpgradablePubkeyType})),
              "DISCOURAGE_UPGRADABLE_PUBKEYTYPE");
  }
  const Bytes key = pushes_of({TestKey{1}.xonly()});
  EXPECT_EQ(run_tapscript(joined({script_of("1"), key, script_of("CHECKSIG")})), "SCHNORR_SIG_SIZE");
}

TEST(Tapscript, C052_InvalidSignaturesFail) {
  const Bytes key = pushes_of({TestKey{1}.xonly()});
  const Bytes signature = pushes_of({Bytes(64, 0x01)});
  EXPECT_EQ(run_tapscript(joined({signature, key, script_of("CHECKSIG NOT")})), "SCHNORR_SIG");
  EXPECT_EQ(run_tapscript(joined({script_of("0"), key, script_of("CHECKSIG NOT")})), kOk);
  EXPECT_EQ(run_tapscript(joined({script_of("0"), key, script_of("CHECKSIGVERIFY 1")})), "CHECKSIGVERIFY");
}

TEST(Tapscript, C053_CheckSigAdd) {
  EXPECT_EQ(run_tapscript(script_of("1 5 2 CHECKSIGADD 6 EQUAL")), kOk);  // signature, number, key
  EXPECT_EQ(run_tapscript(script_of("0 5 2 CHECKSIGADD 5 EQUAL")), kOk);
  EXPECT_EQ(run_tapscript(script_of("1 2147483647 2 CHECKSIGADD 2147483648 EQUAL")), kOk);
  EXPECT_EQ(run_tapscript(script_of("1 2147483648 2 CHECKSIGADD")), "SCRIPTNUM");
  EXPECT_EQ(run_tapscript(script_of("1 2 CHECKSIGADD")), "INVALID_STACK_OPERATION");
  EXPECT_EQ(run_text("", "1 1 2 CHECKSIGADD"), "BAD_OPCODE");
  EXPECT_EQ(run_text("", "0 IF CHECKSIGADD ENDIF 1"), kOk);
  EXPECT_EQ(run_p2wsh(script_of("1 1 2 CHECKSIGADD")), "BAD_OPCODE");
  const TestKey key{32};
  const TapTree tree{joined({script_of("7"), pushes_of({key.xonly()}), script_of("CHECKSIGADD 8 EQUAL")})};
  const TwoInputSpend spend{tree.script_pubkey};
  const Bytes good = key.sign_schnorr(spend.taproot_hash({1, 2, {}, TapscriptPosition{tree.leaf_hash, 0xffffffff}}), 2);
  EXPECT_EQ(spend.verdict({}, tree.witness({good}), kConsensusFlags), kOk);
}

TEST(Tapscript, C054_NoCheckMultisig) {
  EXPECT_EQ(run_tapscript(script_of("0 0 0 CHECKMULTISIG")), "TAPSCRIPT_CHECKMULTISIG");
  EXPECT_EQ(run_tapscript(script_of("CHECKMULTISIGVERIFY 1")), "TAPSCRIPT_CHECKMULTISIG");
  EXPECT_EQ(run_tapscript(script_of("0 IF CHECKMULTISIG ENDIF 1")), kOk);
}

TEST(Tapscript, C055_MinimalIfIsConsensus) {
  for (const Bytes& item : {Bytes{0x00}, Bytes{0x01, 0x00}, Bytes{0x02}, Bytes{0x80}, Bytes{0x81}, Bytes{0x00, 0x01}}) {
    EXPECT_EQ(run_tapscript(script_of("IF 1 ELSE 1 ENDIF"), {item}), "TAPSCRIPT_MINIMALIF");
    EXPECT_EQ(run_tapscript(script_of("NOTIF 1 ELSE 1 ENDIF"), {item}), "TAPSCRIPT_MINIMALIF");
    EXPECT_EQ(run_p2wsh(script_of("IF 1 ELSE 1 ENDIF"), {item}, kConsensusFlags), kOk);
  }
  EXPECT_EQ(run_tapscript(script_of("IF 1 ELSE 0 ENDIF"), {{0x01}}), kOk);
  EXPECT_EQ(run_tapscript(script_of("IF 0 ELSE 1 ENDIF"), {{}}), kOk);
}

TEST(Taproot, C056_MixedInputsNeedEverySpentOutput) {
  // The first input is no taproot output, yet its coin is signed.
  KeyPath path;
  const Bytes signature = path.sign(1);
  EXPECT_EQ(path.verdict({signature}), kOk);
  path.spend.coins[0].value = Amount{7'001};
  EXPECT_EQ(path.verdict({signature}), "SCHNORR_SIG");
  path.spend.coins[0] = {Amount{7'000}, Bytes{0x52}};
  EXPECT_EQ(path.verdict({signature}), "SCHNORR_SIG");
  path.spend.coins[0] = {Amount{7'000}, Bytes{0x51}};
  EXPECT_EQ(path.verdict({signature}), kOk);

  // Without them the question has no answer; other spends do not mind.
  MutableTransaction tx = path.spend.tx;
  tx.inputs[1].witness = {signature};
  const TxPtr frozen = tx.freeze();
  const ScriptSpend spend{
      *frozen, 1,       {},     path.spend.coins[1].script_pubkey, frozen->inputs[1].witness, Amount{50'000},
      {},      nullptr, nullptr};
  EXPECT_EQ(Judge{}.verdict(spend, kConsensusFlags), "SPENT_OUTPUTS_MISSING");
  EXPECT_EQ(Judge{}.verdict(spend, kSegwitFlags), kOk);
}

TEST(Taproot, C057_WrappedTaprootIsNotTaproot) {
  const Bytes program = ScriptBuilder{}.op(Op::One).push(TestKey{1}.xonly()).take();
  for (const std::vector<Bytes>& witness : {std::vector<Bytes>{}, {Bytes(64, 1)}, {Bytes{1}, Bytes{2}}}) {
    EXPECT_EQ((CreditAndSpend{pushes_of({program}), p2sh_of(program), witness}).verdict(kConsensusFlags), kOk);
  }
  EXPECT_EQ((CreditAndSpend{{}, program, {Bytes(64, 1)}}).verdict(kConsensusFlags), "SCHNORR_SIG");
}

TEST(Tapscript, C058_LargeWitnessesAreFine) {
  // Items over 520 bytes are refused by the script rules only where they stand on the stack.
  const TapTree tree{joined({repeat("NOP", 1'000'000), script_of("1")})};
  EXPECT_EQ(run_tree(tree, tree.witness()), kOk);
  const TapTree unknown{script_of("1"), 0xc4};
  EXPECT_EQ(run_tree(unknown, unknown.witness({Bytes(2'000'000, 1)})), kOk);
  EXPECT_EQ(run_tree(unknown, unknown.witness(std::vector<Bytes>(100'000, Bytes{}))), kOk);
}

}  // namespace
}  // namespace kepeng::script
