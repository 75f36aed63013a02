// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "script_testing.h"

namespace kepeng::script {
namespace {

const std::string kOk = "OK";

TEST(Witness, C035_P2shPattern) {
  const Bytes redeem = script_of("2 EQUAL");
  const Bytes pattern = p2sh_of(redeem);
  EXPECT_EQ(pattern.size(), 23u);
  EXPECT_TRUE(is_p2sh(pattern));
  Bytes with_pushdata = joined({{0xa9, 0x4c, 0x14}, Bytes(pattern.begin() + 2, pattern.end())});
  EXPECT_FALSE(is_p2sh(with_pushdata));
  EXPECT_FALSE(is_p2sh(joined({pattern, {0x61}})));
  const Flags p2sh{Flag::P2sh};
  const Bytes right = joined({script_of("2"), pushes_of({redeem})});
  const Bytes wrong = joined({script_of("3"), pushes_of({redeem})});
  EXPECT_EQ(run_scripts(right, pattern, p2sh), kOk);
  EXPECT_EQ(run_scripts(wrong, pattern, p2sh), "EVAL_FALSE");
  EXPECT_EQ(run_scripts(wrong, pattern, {}), kOk);          // before BIP16
  EXPECT_EQ(run_scripts(wrong, with_pushdata, p2sh), kOk);  // not P2SH
  EXPECT_EQ(run_scripts(joined({script_of("NOP"), right}), pattern, p2sh), "SIG_PUSHONLY");
  EXPECT_EQ(run_scripts(joined({script_of("NOP"), right}), pattern, {}), kOk);
  // OP_RESERVED is a push for this rule, and fails because it runs.
  EXPECT_TRUE(is_push_only(script_of("RESERVED 1 16 0x4c0101")));
  EXPECT_FALSE(is_push_only(script_of("1 NOP")));
  EXPECT_FALSE(is_push_only(script_of("1 0x05 0x01")));
  EXPECT_EQ(run_scripts(joined({script_of("RESERVED"), right}), pattern, p2sh), "BAD_OPCODE");
}

TEST(Witness, C035_RedeemScriptsDoNotRecurse) {
  const Bytes inner = script_of("0");
  const Bytes redeem = p2sh_of(inner);  // as a script of its own this is a plain hash check
  EXPECT_EQ(run_p2sh(redeem, pushes_of({inner}), kConsensusFlags), kOk);
  // A redeem script that an opcode made (OP_1 pushes 01, the empty push nothing).
  EXPECT_EQ(run_scripts(script_of("1 0"), p2sh_of({}), {Flag::P2sh}), kOk);
  EXPECT_EQ(run_scripts(script_of("1"), p2sh_of({0x01}), {Flag::P2sh}), "BAD_OPCODE");
  EXPECT_EQ(run_scripts(script_of("-1 1NEGATE"), p2sh_of({0x81}), {Flag::P2sh}), "DISABLED_OPCODE");
}

TEST(Witness, C036_ProgramPattern) {
  const auto program = [](std::uint8_t version, std::size_t size) {
    return joined({{version, static_cast<std::uint8_t>(size)}, Bytes(size, 0x07)});
  };
  EXPECT_FALSE(witness_program(program(0x51, 1)).has_value());
  for (std::size_t size = 2; size <= 40; ++size) {
    const auto found = witness_program(program(0x60, size));
    ASSERT_TRUE(found.has_value()) << size;
    EXPECT_EQ(found->version, 16);
    EXPECT_EQ(found->program.size(), size);
  }
  EXPECT_FALSE(witness_program(program(0x51, 41)).has_value());
  EXPECT_FALSE(witness_program(program(0x4f, 20)).has_value());  // OP_1NEGATE
  EXPECT_FALSE(witness_program(program(0x50, 20)).has_value());  // OP_RESERVED
  EXPECT_FALSE(witness_program(program(0x61, 20)).has_value());
  EXPECT_TRUE(witness_program(program(0x00, 20)).has_value());
  const Bytes non_minimal = joined({{0x00, 0x4c, 20}, Bytes(20, 0x07)});
  EXPECT_FALSE(witness_program(non_minimal).has_value());
  EXPECT_FALSE(witness_program(joined({program(0x00, 20), {0x51}})).has_value());
  EXPECT_EQ(run_scripts({}, non_minimal, kConsensusFlags), kOk);  // just a script that pushes
}

TEST(Witness, C037_ScriptSigOfWitnessSpends) {
  const Bytes script = script_of("1");
  const Bytes native = p2wsh_of(script);
  const auto run = [&](const Bytes& script_sig, const Bytes& script_pubkey) {
    return CreditAndSpend{script_sig, script_pubkey, {script}}.verdict(kSegwitFlags);
  };
  EXPECT_EQ(run({}, native), kOk);
  EXPECT_EQ(run(script_of("1"), native), "WITNESS_MALLEATED");
  const Bytes wrapped = p2sh_of(native);
  EXPECT_EQ(run(pushes_of({native}), wrapped), kOk);
  EXPECT_EQ(run(joined({script_of("1"), pushes_of({native})}), wrapped), "WITNESS_MALLEATED_P2SH");
  EXPECT_EQ(run(joined({{0x4c, 0x22}, native}), wrapped), "WITNESS_MALLEATED_P2SH");
}

TEST(Witness, C038_Version0Lengths) {
  const TestKey key{20};
  const TwoInputSpend spend{p2wpkh_of(key.compressed())};
  const Bytes signature = key.sign(spend.v0_hash(p2pkh_of(key.compressed())));
  const auto run = [&](std::vector<Bytes> witness) { return spend.verdict({}, std::move(witness), kConsensusFlags); };
  EXPECT_EQ(run({signature, key.compressed()}), kOk);
  EXPECT_EQ(run({}), "WITNESS_PROGRAM_MISMATCH");
  EXPECT_EQ(run({signature}), "WITNESS_PROGRAM_MISMATCH");
  EXPECT_EQ(run({{}, signature, key.compressed()}), "WITNESS_PROGRAM_MISMATCH");
  EXPECT_EQ(run({signature, TestKey{21}.compressed()}), "EQUALVERIFY");
  EXPECT_EQ(run({{}, key.compressed()}), "EVAL_FALSE");
  EXPECT_EQ(spend.verdict({}, {{}, key.compressed()}, {Flag::P2sh}), kOk);  // before BIP141

  EXPECT_EQ(run_p2wsh(script_of("1")), kOk);
  const Bytes program = p2wsh_of(script_of("1"));
  EXPECT_EQ((CreditAndSpend{{}, program, {}}).verdict(kSegwitFlags), "WITNESS_PROGRAM_WITNESS_EMPTY");
  EXPECT_EQ((CreditAndSpend{{}, program, {script_of("2")}}).verdict(kSegwitFlags), "WITNESS_PROGRAM_MISMATCH");
  for (const std::size_t size : {2u, 19u, 21u, 31u, 33u, 40u}) {
    const Bytes odd = ScriptBuilder{}.op(Op::Zero).push(Bytes(size, 0x07)).take();
    EXPECT_EQ((CreditAndSpend{{}, odd, {{1}}}).verdict(kSegwitFlags), "WITNESS_PROGRAM_WRONG_LENGTH") << size;
  }
}

TEST(Witness, C039_UnknownProgramsSucceed) {
  const std::vector<Bytes> witness{Bytes(600, 0x01), {}, {0x50}};
  const auto run = [&](const Bytes& script_pubkey, Flags flags) {
    return CreditAndSpend{{}, script_pubkey, witness}.verdict(flags);
  };
  const Flags discouraged = kConsensusFlags.with({Flag::DiscourageUpgradableWitnessProgram});
  for (std::uint8_t version = 1; version <= 16; ++version) {
    for (const std::size_t size : {2u, 20u, 31u, 32u, 33u, 40u}) {
      if (version == 1 && size == 32) continue;  // taproot
      const Bytes script = ScriptBuilder{}.op(small_integer_op(version)).push(Bytes(size, 0x07)).take();
      EXPECT_EQ(run(script, kConsensusFlags), kOk);
      EXPECT_EQ(run(script, discouraged), "DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM");
    }
    const Bytes zero = ScriptBuilder{}.op(small_integer_op(version)).push(Bytes(20, 0x00)).take();
    EXPECT_EQ(run(zero, kConsensusFlags), "EVAL_FALSE") << int{version};
  }
  // Pay to anchor is nothing to discourage, and wrapped in P2SH it is not pay to anchor.
  const Bytes anchor = script_of("1 0x02 0x4e73");
  EXPECT_TRUE(is_anchor(anchor));
  EXPECT_EQ(run(anchor, discouraged), kOk);
  EXPECT_EQ((CreditAndSpend{pushes_of({anchor}), p2sh_of(anchor), {{1}}}).verdict(discouraged),
            "DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM");
  EXPECT_EQ((CreditAndSpend{pushes_of({anchor}), p2sh_of(anchor), {{1}}}).verdict(kConsensusFlags), kOk);
  // Before taproot version 1 is unknown too.
  EXPECT_EQ(run(ScriptBuilder{}.op(Op::One).push(Bytes(32, 0x07)).take(), kSegwitFlags), kOk);
}

TEST(Witness, C040_UnexpectedWitness) {
  const TestKey key{22};
  const TwoInputSpend spend{p2pkh_of(key.compressed())};
  const Bytes pushes = pushes_of({key.sign(spend.legacy_hash(spend.coins[1].script_pubkey)), key.compressed()});
  EXPECT_EQ(spend.verdict(pushes, {}, kConsensusFlags), kOk);
  EXPECT_EQ(spend.verdict(pushes, {{}}, kConsensusFlags), "WITNESS_UNEXPECTED");  // one empty item
  EXPECT_EQ(spend.verdict(pushes, {{}}, {Flag::P2sh}), kOk);
  const Bytes redeem = script_of("1");
  EXPECT_EQ((CreditAndSpend{pushes_of({redeem}), p2sh_of(redeem), {{}}}).verdict(kConsensusFlags),
            "WITNESS_UNEXPECTED");
}

TEST(Witness, C041_TheAmountIsSigned) {
  const TestKey key{23};
  TwoInputSpend spend{p2wpkh_of(key.compressed())};
  const Bytes script_code = p2pkh_of(key.compressed());
  for (const unsigned type : {1u, 2u, 3u, 0x81u, 0x82u, 0x83u, 0u, 0x44u}) {
    spend.coins[1].value = Amount{50'000};
    const std::vector<Bytes> witness{key.sign(spend.v0_hash(script_code, type), static_cast<std::uint8_t>(type)),
                                     key.compressed()};
    EXPECT_EQ(spend.verdict({}, witness, kConsensusFlags), kOk) << type;
    const Bytes program = spend.coins[1].script_pubkey;
    spend.coins[1].value = Amount{50'001};
    EXPECT_EQ(spend.verdict({}, witness, kConsensusFlags), "EVAL_FALSE") << type;
    EXPECT_EQ(spend.verdict({}, witness, kConsensusFlags.with({Flag::NullFail})), "NULLFAIL") << type;
    // The same inside P2SH.
    spend.coins[1] = {Amount{50'000}, p2sh_of(program)};
    EXPECT_EQ(spend.verdict(pushes_of({program}), witness, kConsensusFlags), kOk) << type;
    spend.coins[1].script_pubkey = program;
  }
}

}  // namespace
}  // namespace kepeng::script
