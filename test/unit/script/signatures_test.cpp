// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/ecdsa.h>

#include "script_testing.h"

namespace kepeng::script {
namespace {

const std::string kOk = "OK";
const std::string kFalse = "EVAL_FALSE";

// The signature with the S on the other side of half the group order.
Bytes with_high_s(const Bytes& signature) {
  const Bytes order = test::unhex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  auto compact = *crypto::parse_der_lax(ByteView{signature}.first(signature.size() - 1));
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    const int digit = order[static_cast<std::size_t>(i)] - compact[static_cast<std::size_t>(32 + i)] - borrow;
    borrow = digit < 0 ? 1 : 0;
    compact[static_cast<std::size_t>(32 + i)] = static_cast<std::uint8_t>(digit);
  }
  Bytes high = crypto::to_der(compact);
  high.push_back(signature.back());
  return high;
}

// `<pushed> DROP <key> CHECKSIG`, signed as if the push were not there.
struct SelfContained {
  TestKey key{5};
  TwoInputSpend spend;
  Bytes rest = joined({script_of("DROP"), pushes_of({key.compressed()}), script_of("CHECKSIG")});
  Bytes signature = key.sign(spend.legacy_hash(rest));

  std::string verdict(const Bytes& push, Flags flags = kConsensusFlags) {
    spend.coins[1].script_pubkey = joined({push, rest});
    return spend.verdict(pushes_of({signature}), {}, flags);
  }
};

TEST(Signatures, C020_FindAndDeleteIsExact) {
  SelfContained test;
  const auto size = static_cast<std::uint8_t>(test.signature.size());
  EXPECT_EQ(test.verdict(pushes_of({test.signature})), kOk);
  // Another opcode for the same push stays, and is then part of what should have been signed.
  EXPECT_EQ(test.verdict(joined({{0x4c, size}, test.signature})), kFalse);
  EXPECT_EQ(test.verdict(joined({{0x4d, size, 0}, test.signature})), kFalse);
  // So does another hash type, and a push that merely contains the signature, with its push opcode or without.
  Bytes other_type = test.signature;
  other_type.back() = 0x81;
  EXPECT_EQ(test.verdict(pushes_of({other_type})), kFalse);
  EXPECT_EQ(test.verdict(pushes_of({joined({test.signature, {0x00}})})), kFalse);
  EXPECT_EQ(test.verdict(pushes_of({joined({{0x00}, test.signature})})), kFalse);
  EXPECT_EQ(test.verdict(pushes_of({joined({{size}, test.signature})})), kFalse);
  EXPECT_EQ(test.verdict(pushes_of({test.signature}), {Flag::ConstScriptCode}), "SIG_FINDANDDELETE");
  EXPECT_EQ(test.verdict(script_of("1"), {Flag::ConstScriptCode}), kFalse);
}

TEST(Signatures, C020_FindAndDeleteTakesNeighboursToo) {
  SelfContained test;
  test.rest = joined({script_of("2DROP 2DROP"), pushes_of({test.key.compressed()}), script_of("CHECKSIG")});
  test.signature = test.key.sign(test.spend.legacy_hash(joined({script_of("1"), test.rest})));
  const Bytes push = pushes_of({test.signature});
  EXPECT_EQ(test.verdict(joined({push, script_of("1"), push, push})), kOk);
}

TEST(Signatures, C020_EmptySignatureDeletesZeros) {
  // The first check fails on an empty signature after deleting every OP_0; the second is not touched by that.
  const TestKey key{5};
  TwoInputSpend spend;
  const Bytes script = joined({script_of("0 DROP 0"), pushes_of({key.compressed()}), script_of("CHECKSIG NOT VERIFY"),
                               pushes_of({key.compressed()}), script_of("CHECKSIG")});
  spend.coins[1].script_pubkey = script;
  const Bytes signature = key.sign(spend.legacy_hash(script));
  EXPECT_EQ(spend.verdict(pushes_of({signature}), {}, kConsensusFlags), kOk);
  EXPECT_EQ(spend.verdict(pushes_of({signature}), {}, {Flag::ConstScriptCode}), "SIG_FINDANDDELETE");
}

TEST(Signatures, C020_MultisigDeletesAllBeforeVerifyingAny) {
  const TestKey one{5};
  const TestKey two{6};
  TwoInputSpend spend;
  const Bytes rest =
      joined({script_of("2DROP 2"), pushes_of({one.compressed(), two.compressed()}), script_of("2 CHECKMULTISIG")});
  const crypto::Hash32 hash = spend.legacy_hash(rest);
  const Bytes a = one.sign(hash);
  const Bytes b = two.sign(hash);
  spend.coins[1].script_pubkey = joined({pushes_of({a, b}), rest});
  EXPECT_EQ(spend.verdict(joined({script_of("0"), pushes_of({a, b})}), {}, kConsensusFlags), kOk);
  // Version 0 deletes nothing.
  const Bytes witness_script = spend.coins[1].script_pubkey;
  spend.coins[1].script_pubkey = p2wsh_of(witness_script);
  EXPECT_EQ(spend.verdict({}, {{}, a, b, witness_script}, kConsensusFlags), kFalse);
}

// `<key> CHECKSIGVERIFY CODESEPARATOR <key> CHECKSIG` with one key: two hashes of the same type over two script codes.
struct Separated {
  TestKey key{7};
  Bytes push = pushes_of({key.compressed()});
  Bytes whole = joined({push, script_of("CHECKSIGVERIFY CODESEPARATOR"), push, script_of("CHECKSIG")});
  Bytes second = joined({push, script_of("CHECKSIG")});
};

TEST(Signatures, C021_C023_CodeSeparatorInLegacyScripts) {
  const Separated test;
  const Bytes stripped = joined({test.push, script_of("CHECKSIGVERIFY"), test.push, script_of("CHECKSIG")});
  TwoInputSpend spend{test.whole};
  EXPECT_EQ(spend.legacy_hash(test.whole), spend.legacy_hash(stripped));  // separators are never signed
  const Bytes a = test.key.sign(spend.legacy_hash(test.whole));
  const Bytes b = test.key.sign(spend.legacy_hash(test.second));
  EXPECT_EQ(spend.verdict(pushes_of({b, a}), {}, kConsensusFlags), kOk);
  EXPECT_EQ(spend.verdict(pushes_of({a, a}), {}, kConsensusFlags), kFalse);
  EXPECT_EQ(spend.verdict(pushes_of({b, b}), {}, kConsensusFlags), "CHECKSIGVERIFY");
  EXPECT_EQ(spend.verdict(pushes_of({b, a}), {}, {Flag::ConstScriptCode}), "OP_CODESEPARATOR");
}

TEST(Signatures, C021_C023_CodeSeparatorInVersion0) {
  const Separated test;
  TwoInputSpend spend{p2wsh_of(test.whole)};
  const Bytes a = test.key.sign(spend.v0_hash(test.whole));  // later separators are signed
  const Bytes b = test.key.sign(spend.v0_hash(test.second));
  EXPECT_EQ(spend.verdict({}, {b, a, test.whole}, kStandardFlags), kOk);
  EXPECT_EQ(spend.verdict({}, {a, a, test.whole}, kConsensusFlags), kFalse);
  const Bytes stripped = joined({test.push, script_of("CHECKSIGVERIFY"), test.push, script_of("CHECKSIG")});
  const Bytes wrong = test.key.sign(spend.v0_hash(stripped));
  EXPECT_EQ(spend.verdict({}, {b, wrong, test.whole}, kConsensusFlags), "CHECKSIGVERIFY");
}

TEST(Signatures, C021_C023_CodeSeparatorInTapscript) {
  const TestKey key{7};
  const Bytes push = pushes_of({key.xonly()});
  // The separator is opcode 2: the pushed key, CHECKSIGVERIFY, then itself.
  const TapTree tree{joined({push, script_of("CHECKSIGVERIFY CODESEPARATOR"), push, script_of("CHECKSIG")})};
  const TwoInputSpend spend{tree.script_pubkey};
  const auto sign = [&](std::uint32_t separator) {
    return key.sign_schnorr(spend.taproot_hash({1, 0, {}, TapscriptPosition{tree.leaf_hash, separator}}));
  };
  EXPECT_EQ(spend.verdict({}, tree.witness({sign(2), sign(0xffffffff)}), kConsensusFlags), kOk);
  for (const std::uint32_t wrong : {0u, 1u, 3u, 35u, 0xffffffffu}) {
    EXPECT_EQ(spend.verdict({}, tree.witness({sign(wrong), sign(0xffffffff)}), kConsensusFlags), "SCHNORR_SIG")
        << wrong;
  }
  EXPECT_EQ(spend.verdict({}, tree.witness({sign(2), sign(2)}), kConsensusFlags), "SCHNORR_SIG");
}

TEST(Signatures, C022_UnexecutedSeparator) {
  const std::string text = "0 IF CODESEPARATOR ENDIF 1";
  EXPECT_EQ(run_text("", text, kConsensusFlags), kOk);
  EXPECT_EQ(run_text("", text, {Flag::ConstScriptCode}), "OP_CODESEPARATOR");
  EXPECT_EQ(run_p2wsh(script_of(text), {}, kStandardFlags), kOk);
  // It does not move the start of the script code either.
  const TestKey key{8};
  const Bytes script =
      joined({script_of(text), script_of("DROP"), pushes_of({key.compressed()}), script_of("CHECKSIG")});
  TwoInputSpend spend{script};
  EXPECT_EQ(spend.verdict(pushes_of({key.sign(spend.legacy_hash(script))}), {}, kConsensusFlags), kOk);
}

// A P2PKH spend with this signature hash type.
std::string run_p2pkh(std::uint8_t type, Flags flags, bool single_without_output = false) {
  const TestKey key{9};
  TwoInputSpend spend{p2pkh_of(key.compressed())};
  if (single_without_output) spend.tx.outputs.resize(1);
  const Bytes signature = key.sign(spend.legacy_hash(spend.coins[1].script_pubkey, type), type);
  return spend.verdict(pushes_of({signature, key.compressed()}), {}, flags);
}

TEST(Signatures, C024_SingleWithoutOutputSignsOne) {
  for (const std::uint8_t type : {std::uint8_t{0x03}, std::uint8_t{0x83}}) {
    EXPECT_EQ(run_p2pkh(type, kConsensusFlags, true), kOk);
    const TestKey key{9};
    crypto::Hash32 one{1};
    TwoInputSpend spend{p2pkh_of(key.compressed())};
    const Bytes pushes = pushes_of({key.sign(one, type), key.compressed()});
    EXPECT_EQ(spend.verdict(pushes, {}, kConsensusFlags), kFalse);  // there is an output
    spend.tx.outputs.resize(1);
    EXPECT_EQ(spend.verdict(pushes, {}, kConsensusFlags), kOk);
    // Version 0 has no such thing.
    spend.coins[1].script_pubkey = p2wpkh_of(key.compressed());
    EXPECT_EQ(spend.verdict({}, {key.sign(one, type), key.compressed()}, kConsensusFlags), kFalse);
    const Bytes good = key.sign(spend.v0_hash(p2pkh_of(key.compressed()), type), type);
    EXPECT_EQ(spend.verdict({}, {good, key.compressed()}, kConsensusFlags), kOk);
  }
}

TEST(Signatures, C025_EveryHashTypeByteIsValidInConsensus) {
  for (unsigned type = 0; type < 256; ++type) {
    const bool defined = (type & 0x7f) >= 1 && (type & 0x7f) <= 3;
    EXPECT_EQ(run_p2pkh(static_cast<std::uint8_t>(type), kConsensusFlags), kOk) << type;
    EXPECT_EQ(run_p2pkh(static_cast<std::uint8_t>(type), {Flag::StrictEnc}), defined ? kOk : "SIG_HASHTYPE") << type;
  }
}

TEST(Signatures, C027_OrderInsideCheckSig) {
  // An empty signature is false, but the key is looked at.
  EXPECT_EQ(run_text("0", "0x02 0x0101 CHECKSIG NOT"), kOk);
  EXPECT_EQ(run_text("0", "0x02 0x0101 CHECKSIG NOT", {Flag::StrictEnc}), "PUBKEYTYPE");
  // A bad signature is found before a bad key.
  EXPECT_EQ(run_text("1", "0x02 0x0101 CHECKSIG NOT", {Flag::StrictEnc}), "SIG_DER");
  EXPECT_EQ(run_text("1", "0x02 0x0101 CHECKSIG NOT"), kOk);
  // Deleting comes before both.
  EXPECT_EQ(run_text("", "0x01 0x05 0x01 0x05 0x02 0x0101 CHECKSIG", {Flag::StrictEnc, Flag::ConstScriptCode}),
            "SIG_FINDANDDELETE");
  // NULLFAIL comes after all.
  EXPECT_EQ(run_text("1", "0x02 0x0101 CHECKSIG NOT", {Flag::NullFail}), "NULLFAIL");
}

TEST(Signatures, C028_StrictDerOnlyWithTheFlag) {
  const TestKey key{10};
  const TwoInputSpend spend{p2pkh_of(key.compressed())};
  const Bytes signature = key.sign(spend.legacy_hash(spend.coins[1].script_pubkey));
  // A zero too much before R, which only the tolerant reader takes.
  Bytes padded = signature;
  padded.insert(padded.begin() + 4, 0x00);
  padded[1] += 1;
  padded[3] += 1;
  for (const Bytes& form :
       {padded,
        joined({ByteView{signature}.size() ? Bytes(signature.begin(), signature.end() - 1) : Bytes{}, {0x00, 0x01}})}) {
    const Bytes pushes = pushes_of({form, key.compressed()});
    EXPECT_EQ(spend.verdict(pushes, {}, {Flag::P2sh}), kOk);
    EXPECT_EQ(spend.verdict(pushes, {}, {Flag::DerSig}), "SIG_DER");
    EXPECT_EQ(spend.verdict(pushes, {}, kConsensusFlags), "SIG_DER");
    EXPECT_EQ(spend.verdict(pushes, {}, {Flag::StrictEnc}), "SIG_DER");
    EXPECT_EQ(spend.verdict(pushes, {}, {Flag::LowS}), "SIG_DER");
  }
}

TEST(Signatures, C029_PolicyRulesDoNotBindBlocks) {
  const TestKey key{11};
  TwoInputSpend spend{p2pkh_of(key.compressed())};
  const Bytes signature = key.sign(spend.legacy_hash(spend.coins[1].script_pubkey));
  const Bytes high = pushes_of({with_high_s(signature), key.compressed()});
  EXPECT_EQ(spend.verdict(high, {}, kConsensusFlags), kOk);
  EXPECT_EQ(spend.verdict(high, {}, kConsensusFlags.with({Flag::LowS})), "SIG_HIGH_S");

  const Bytes not_pushed = joined({script_of("NOP"), pushes_of({signature, key.compressed()})});
  EXPECT_EQ(spend.verdict(not_pushed, {}, kConsensusFlags), kOk);
  EXPECT_EQ(spend.verdict(not_pushed, {}, kConsensusFlags.with({Flag::SigPushOnly})), "SIG_PUSHONLY");

  const Bytes long_push =
      joined({{0x4c, static_cast<std::uint8_t>(signature.size())}, signature, pushes_of({key.compressed()})});
  EXPECT_EQ(spend.verdict(long_push, {}, kConsensusFlags), kOk);
  EXPECT_EQ(spend.verdict(long_push, {}, kConsensusFlags.with({Flag::MinimalData})), "MINIMALDATA");

  EXPECT_EQ(run_text("1", "0x02 0x0201 CHECKSIG NOT", {Flag::P2sh}), kOk);
  EXPECT_EQ(run_p2wsh(script_of("IF 1 ENDIF"), {{2}}, kConsensusFlags), kOk);
  EXPECT_EQ(run_p2wsh(script_of("IF 1 ENDIF"), {{2}}, kSegwitFlags.with({Flag::MinimalIf})), "MINIMALIF");
  EXPECT_EQ(run_text("2", "IF 1 ENDIF", {Flag::MinimalIf}), kOk);

  spend.coins[1].script_pubkey = p2wpkh_of(key.uncompressed());
  const Bytes v0 = key.sign(spend.v0_hash(p2pkh_of(key.uncompressed())));
  EXPECT_EQ(spend.verdict({}, {v0, key.uncompressed()}, kConsensusFlags), kOk);
  EXPECT_EQ(spend.verdict({}, {v0, key.uncompressed()}, kConsensusFlags.with({Flag::WitnessPubkeyType})),
            "WITNESS_PUBKEYTYPE");
  EXPECT_EQ(spend.verdict({}, {with_high_s(v0), key.uncompressed()}, kConsensusFlags), kOk);
}

TEST(Signatures, C030_PublicKeyForms) {
  const TestKey key{12};
  const Bytes uncompressed = key.uncompressed();
  const auto parity = static_cast<std::uint8_t>(uncompressed.back() & 1);
  Bytes hybrid = uncompressed;
  hybrid[0] = static_cast<std::uint8_t>(6 + parity);
  Bytes wrong_hybrid = uncompressed;
  wrong_hybrid[0] = static_cast<std::uint8_t>(7 - parity);
  Bytes x_too_large = Bytes(33, 0xff);
  x_too_large[0] = 2;
  Bytes truncated = uncompressed;
  truncated.pop_back();
  Bytes lengthened = key.compressed();
  lengthened.push_back(0);
  Bytes other_head = key.compressed();
  other_head[0] = 5;
  struct Row {
    Bytes key;
    bool verifies;
    bool plain;
  };
  const Row rows[] = {{key.compressed(), true, true}, {uncompressed, true, true}, {hybrid, true, false},
                      {wrong_hybrid, false, false},   {x_too_large, false, true}, {truncated, false, false},
                      {lengthened, false, false},     {other_head, false, false}, {Bytes{}, false, false}};
  for (const Row& row : rows) {
    TwoInputSpend spend{joined({pushes_of({row.key}), script_of("CHECKSIG")})};
    const Bytes signature = key.sign(spend.legacy_hash(spend.coins[1].script_pubkey));
    const std::string expected = row.verifies ? kOk : kFalse;
    EXPECT_EQ(spend.verdict(pushes_of({signature}), {}, kConsensusFlags), expected) << to_hex(row.key);
    EXPECT_EQ(spend.verdict(pushes_of({signature}), {}, {Flag::StrictEnc}), row.plain ? expected : "PUBKEYTYPE");
    // The same through a key hash, where the direct path answers.
    TwoInputSpend hashed{p2pkh_of(row.key)};
    const Bytes again = key.sign(hashed.legacy_hash(hashed.coins[1].script_pubkey));
    EXPECT_EQ(hashed.verdict(pushes_of({again, row.key}), {}, kConsensusFlags), expected) << to_hex(row.key);
    hashed.coins[1].script_pubkey = p2wpkh_of(row.key);
    const Bytes v0 = key.sign(hashed.v0_hash(p2pkh_of(row.key)));
    EXPECT_EQ(hashed.verdict({}, {v0, row.key}, kConsensusFlags), expected) << to_hex(row.key);
  }
}

TEST(Signatures, C031_MultisigOrderAndCounts) {
  const TestKey keys[] = {TestKey{13}, TestKey{14}, TestKey{15}};
  const Bytes script =
      joined({script_of("2"), pushes_of({keys[0].compressed(), keys[1].compressed(), keys[2].compressed()}),
              script_of("3 CHECKMULTISIG")});
  const TwoInputSpend spend{script};
  std::vector<Bytes> s;
  for (const TestKey& key : keys) s.push_back(key.sign(spend.legacy_hash(script)));
  const auto run = [&](std::initializer_list<Bytes> items, Flags flags = kConsensusFlags) {
    return spend.verdict(pushes_of(items), {}, flags);
  };
  EXPECT_EQ(run({{}, s[0], s[1]}), kOk);
  EXPECT_EQ(run({{}, s[0], s[2]}), kOk);
  EXPECT_EQ(run({{}, s[1], s[2]}), kOk);
  EXPECT_EQ(run({{}, s[1], s[0]}), kFalse);
  EXPECT_EQ(run({{}, s[2], s[1]}), kFalse);
  EXPECT_EQ(run({{}, s[1], s[1]}), kFalse);  // each key serves once
  EXPECT_EQ(run({{}, {}, s[1]}), kFalse);
  EXPECT_EQ(run({s[0], s[1]}), "INVALID_STACK_OPERATION");  // the extra item is missing
  EXPECT_EQ(run({{}, s[1], s[0]}, {Flag::NullFail}), "NULLFAIL");
  EXPECT_EQ(run({{}, {}, {}}, {Flag::NullFail}), kFalse);

  EXPECT_EQ(run_text("0", "0 0 CHECKMULTISIG"), kOk);
  EXPECT_EQ(run_text("0", "0 0 CHECKMULTISIGVERIFY 1"), kOk);
  EXPECT_EQ(run_text("", "0 0 CHECKMULTISIG"), "INVALID_STACK_OPERATION");
  EXPECT_EQ(run_text("0", "0 -1 CHECKMULTISIG"), "PUBKEY_COUNT");
  EXPECT_EQ(run_text("0", "0 21 CHECKMULTISIG"), "PUBKEY_COUNT");
  EXPECT_EQ(run_text("0", "-1 0 CHECKMULTISIG"), "SIG_COUNT");
  EXPECT_EQ(run_text("0 0", "1 0 CHECKMULTISIG"), "SIG_COUNT");
  EXPECT_EQ(run_text("0 1", "1 0 1 CHECKMULTISIGVERIFY 1"), "CHECKMULTISIGVERIFY");
}

TEST(Signatures, C031_MultisigJudgesOnlyPairsItTries) {
  const TestKey key{13};
  const std::string good = "0x21 0x" + to_hex(key.compressed());
  // The bad key stands at the bottom: with no more keys to spare than signatures it is never reached.
  const TwoInputSpend spend{script_of("1 0x01 0x05 " + good + " 2 CHECKMULTISIG")};
  const Bytes signature = key.sign(spend.legacy_hash(spend.coins[1].script_pubkey));
  EXPECT_EQ(spend.verdict(pushes_of({{}, signature}), {}, {Flag::StrictEnc}), kOk);
  const TwoInputSpend turned{script_of("1 " + good + " 0x01 0x05 2 CHECKMULTISIG")};
  const Bytes other = key.sign(turned.legacy_hash(turned.coins[1].script_pubkey));
  EXPECT_EQ(turned.verdict(pushes_of({{}, other}), {}, {Flag::StrictEnc}), "PUBKEYTYPE");
  EXPECT_EQ(turned.verdict(pushes_of({{}, other}), {}, kConsensusFlags), kOk);
  // 2 of 2 with a wrong top signature stops before the badly encoded lower one.
  const std::string bad_pair = "2 " + good + " " + good + " 2 CHECKMULTISIG NOT";
  const std::string other_signature = "0x" + to_hex(pushes_of({signature}));
  EXPECT_EQ(run_text("0 1 " + other_signature, bad_pair, {Flag::DerSig}), kOk);
  EXPECT_EQ(run_text("0 " + other_signature + " 1", bad_pair, {Flag::DerSig}), "SIG_DER");
}

TEST(Signatures, C032_NullDummy) {
  EXPECT_EQ(run_text("1", "0 0 CHECKMULTISIG"), kOk);
  EXPECT_EQ(run_text("1", "0 0 CHECKMULTISIG", {Flag::NullDummy}), "SIG_NULLDUMMY");
  EXPECT_EQ(run_text("0", "0 0 CHECKMULTISIG", {Flag::NullDummy}), kOk);
  EXPECT_EQ(run_text("0x01 0x00", "0 0 CHECKMULTISIG", kConsensusFlags), "SIG_NULLDUMMY");  // zero, but not empty
  EXPECT_EQ(run_p2wsh(script_of("0 0 CHECKMULTISIG"), {{1}}, kConsensusFlags), "SIG_NULLDUMMY");
}

// Many signatures over one script code hash the transaction once: 200 checks in a transaction of 1 MB.
TEST(Signatures, C023_RepeatedChecksDoNotHashTheTransactionAgain) {
  const TestKey key{16};
  const Bytes check = joined({script_of("2DUP"), script_of("CHECKSIG DROP")});
  Bytes script;
  for (int i = 0; i < 65; ++i) append(script, check);
  append(script, script_of("CHECKSIG"));
  TwoInputSpend spend{script};
  spend.tx.outputs.assign(100, {Amount{1}, Bytes(10'000, 0x51)});
  const Bytes signature = key.sign(spend.legacy_hash(script));
  EXPECT_EQ(spend.verdict(pushes_of({signature, key.compressed()}), {}, kConsensusFlags), kOk);
}

// Verifies, or says what it is told to say.
class ScriptedCache : public SignatureCache {
 public:
  bool check(const SignedMessage& message) override {
    ++asked;
    is_valid = verify_signature(message);
    return answer.value_or(is_valid);
  }
  std::optional<bool> answer;
  bool is_valid = false;
  int asked = 0;
};

TEST(Signatures, TheCacheIsAskedOnceForEachAndItsAnswerCounts) {
  const TestKey key{17};
  TwoInputSpend spend{p2wpkh_of(key.compressed())};
  const Bytes good = key.sign(spend.v0_hash(p2pkh_of(key.compressed())));
  const Bytes bad = key.sign(spend.v0_hash(p2pkh_of(key.compressed()), 3), 1);
  std::vector<TxOut> spent;
  for (const TestCoin& coin : spend.coins) spent.push_back({coin.value, coin.script_pubkey});
  for (const auto path : {Interpreter::Path::Direct, Interpreter::Path::General}) {
    ScriptedCache cache;
    Interpreter interpreter{path};
    const auto run = [&](const Bytes& signature) {
      spend.tx.inputs[1].witness = {signature, key.compressed()};
      return verdict_name(interpreter.verify_input({*spend.tx.freeze(), 1, spent, nullptr, &cache}, kConsensusFlags));
    };
    EXPECT_EQ(run(bad), kFalse);
    EXPECT_FALSE(cache.is_valid);
    EXPECT_EQ(run(good), kOk);
    EXPECT_TRUE(cache.is_valid);
    cache.answer = true;
    EXPECT_EQ(run(bad), kOk);
    EXPECT_FALSE(cache.is_valid);
    cache.answer = false;
    EXPECT_EQ(run(good), kFalse);
    EXPECT_EQ(cache.asked, 4);
  }
}

}  // namespace
}  // namespace kepeng::script
