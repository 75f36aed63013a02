// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/psbt.h>

#include <gtest/gtest.h>

#include <chrono>

#include <kepeng/base/base64.h>
#include <kepeng/crypto/keys.h>
#include <kepeng/crypto/ripemd160.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/descriptor/address.h>
#include <kepeng/script/builder.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/sighash.h>
#include <kepeng/script/taproot.h>

#include "support/vectors.h"

namespace kepeng::descriptor {
namespace {

using script::Op;
using script::ScriptBuilder;

struct Key {
  explicit Key(std::uint8_t number) : secret{*crypto::PrivateKey::from_bytes(Bytes(32, number))} {}
  Bytes compressed() const {
    const auto key = signer.public_key(secret);
    return Bytes(key.begin(), key.end());
  }
  Bytes xonly() const {
    const auto key = signer.xonly_key(secret).key;
    return Bytes(key.begin(), key.end());
  }
  Bytes sign(const crypto::Hash32& hash, std::uint8_t type = 1) const {
    Bytes signature = signer.sign_ecdsa(secret, hash);
    signature.push_back(type);
    return signature;
  }
  Bytes sign_schnorr(const crypto::Hash32& hash) const {
    const auto signature = signer.sign_schnorr(secret, hash, {});
    return Bytes(signature.begin(), signature.end());
  }

  crypto::PrivateKey secret;
  crypto::Signer signer{crypto::Hash32{}};
};

Bytes typed(PsbtIn type, ByteView key_data = {}) {
  Bytes key{static_cast<std::uint8_t>(type)};
  append(key, key_data);
  return key;
}

Bytes p2pkh(const Key& key) {
  return ScriptBuilder{}
      .op(Op::Dup)
      .op(Op::Hash160)
      .push(crypto::hash160(key.compressed()))
      .op(Op::EqualVerify)
      .op(Op::CheckSig)
      .take();
}
Bytes p2wpkh(const Key& key) {
  return ScriptBuilder{}.op(Op::Zero).push(crypto::hash160(key.compressed())).take();
}
Bytes p2pk(const Key& key) {
  return ScriptBuilder{}.push(key.compressed()).op(Op::CheckSig).take();
}
Bytes two_of_two(const Key& one, const Key& two) {
  return ScriptBuilder{}
      .op(Op::Two)
      .push(one.compressed())
      .push(two.compressed())
      .op(Op::Two)
      .op(Op::CheckMultisig)
      .take();
}

// A PSBT with one input that spends a coin of this script, in either version.
struct OneInput {
  explicit OneInput(Bytes script, PsbtVersion version = PsbtVersion::V2) : script_pubkey{std::move(script)} {
    MutableTransaction previous;
    previous.inputs.resize(1);
    previous.outputs = {{Amount{7}, {0x51}}, {value, script_pubkey}};
    MutableTransaction tx;
    tx.inputs.push_back({{previous.freeze()->txid, 1}, {}, 0xfffffffe, {}});
    tx.outputs.push_back({Amount{40'000}, {0x51}});
    psbt = make_psbt(tx, version);
    spend = tx.freeze();
    input().set(PsbtIn::NonWitnessUtxo, previous.serialize());
  }
  // Says what is spent without its transaction.
  void use_witness_utxo() {
    input().pairs().erase(typed(PsbtIn::NonWitnessUtxo));
    Bytes output;
    append_le(output, value.sats);
    append_var_bytes(output, script_pubkey);
    input().set(PsbtIn::WitnessUtxo, output);
  }
  void add_signature(const Key& key, Bytes signature) {
    input().pairs()[typed(PsbtIn::PartialSig, key.compressed())] = std::move(signature);
  }
  crypto::Hash32 legacy_hash(const Bytes& code, std::uint32_t type = 1) const {
    return script::legacy_sighash(*spend, {0, code, type, {}});
  }
  crypto::Hash32 v0_hash(const Bytes& code) const { return script::bip143_sighash(*spend, {0, code, 1, value}); }
  crypto::Hash32 taproot_hash(script::TaprootMessage message) const {
    const std::vector<TxOut> spent{{value, script_pubkey}};
    return script::taproot_sighash(*spend, message, {spent, nullptr}).value();
  }
  // Finalizes a copy that went through its bytes; whether the transaction came out.
  bool becomes_final() const {
    auto copy = decode_psbt(encode_psbt(psbt));
    EXPECT_TRUE(copy.ok()) << copy.error();
    finalize_psbt(*copy);
    const auto tx = extract_transaction(*copy);
    EXPECT_EQ(tx.has_value(), is_final(copy->inputs[0]));
    // Witnesses leave the transaction id alone, scriptSigs do not.
    EXPECT_TRUE(!tx || (tx->freeze()->txid == spend->txid) == tx->inputs[0].script_sig.empty());
    return tx.has_value();
  }
  PsbtMap& input() { return psbt.inputs[0]; }

  Amount value{50'000};
  Bytes script_pubkey;
  Psbt psbt;
  TxPtr spend;
};

const Key kOne{1};
const Key kTwo{2};

TEST(PsbtFinalize, C132_LegacyScripts) {
  for (const auto version : {PsbtVersion::V0, PsbtVersion::V2}) {
    OneInput by_hash{p2pkh(kOne), version};
    EXPECT_FALSE(by_hash.becomes_final());
    by_hash.add_signature(kTwo, kTwo.sign(by_hash.legacy_hash(p2pkh(kOne))));
    EXPECT_FALSE(by_hash.becomes_final());
    by_hash.add_signature(kOne, kOne.sign(by_hash.legacy_hash(p2pkh(kOne))));
    EXPECT_TRUE(by_hash.becomes_final());

    OneInput by_key{p2pk(kOne), version};
    by_key.add_signature(kOne, kOne.sign(by_key.legacy_hash(p2pk(kOne))));
    EXPECT_TRUE(by_key.becomes_final());

    const Bytes redeem = two_of_two(kOne, kTwo);
    OneInput wrapped{Destination::pay_to_script(redeem).script(), version};
    wrapped.add_signature(kOne, kOne.sign(wrapped.legacy_hash(redeem)));
    wrapped.add_signature(kTwo, kTwo.sign(wrapped.legacy_hash(redeem)));
    EXPECT_FALSE(wrapped.becomes_final());
    wrapped.input().set(PsbtIn::RedeemScript, redeem);
    EXPECT_TRUE(wrapped.becomes_final());
    wrapped.input().pairs().erase(typed(PsbtIn::PartialSig, kTwo.compressed()));
    EXPECT_FALSE(wrapped.becomes_final());
  }
}

TEST(PsbtFinalize, C132_WitnessScripts) {
  OneInput native{p2wpkh(kOne)};
  native.add_signature(kOne, kOne.sign(native.v0_hash(p2pkh(kOne))));
  EXPECT_TRUE(native.becomes_final());
  native.use_witness_utxo();
  EXPECT_TRUE(native.becomes_final());
  // An amount that is not the one that was signed.
  native.value = Amount{60'000};
  native.use_witness_utxo();
  EXPECT_FALSE(native.becomes_final());

  OneInput nested{Destination::pay_to_script(p2wpkh(kOne)).script()};
  nested.input().set(PsbtIn::RedeemScript, p2wpkh(kOne));
  nested.add_signature(kOne, kOne.sign(nested.v0_hash(p2pkh(kOne))));
  nested.use_witness_utxo();
  EXPECT_TRUE(nested.becomes_final());

  const Bytes witness_script = two_of_two(kOne, kTwo);
  OneInput multisig{Destination::pay_to_witness_script(witness_script).script()};
  multisig.add_signature(kOne, kOne.sign(multisig.v0_hash(witness_script)));
  multisig.add_signature(kTwo, kTwo.sign(multisig.v0_hash(witness_script)));
  multisig.use_witness_utxo();
  EXPECT_FALSE(multisig.becomes_final());
  multisig.input().set(PsbtIn::WitnessScript, two_of_two(kTwo, kOne));
  EXPECT_FALSE(multisig.becomes_final());
  multisig.input().set(PsbtIn::WitnessScript, witness_script);
  EXPECT_TRUE(multisig.becomes_final());
}

TEST(PsbtFinalize, C132_Taproot) {
  OneInput by_key{ScriptBuilder{}.op(Op::One).push(kOne.xonly()).take()};
  by_key.use_witness_utxo();
  by_key.input().set(PsbtIn::TapKeySig, kTwo.sign_schnorr(by_key.taproot_hash({})));
  EXPECT_FALSE(by_key.becomes_final());
  by_key.input().set(PsbtIn::TapKeySig, kOne.sign_schnorr(by_key.taproot_hash({})));
  EXPECT_TRUE(by_key.becomes_final());

  const Bytes leaf = ScriptBuilder{}.push(kTwo.xonly()).op(Op::CheckSig).take();
  const auto leaf_hash = script::tap_leaf_hash({script::kTapscriptLeafVersion, leaf});
  const auto output = *crypto::taproot_tweak_public_key(kOne.xonly(), script::tap_tweak_hash(kOne.xonly(), leaf_hash));
  OneInput by_leaf{ScriptBuilder{}.op(Op::One).push(output.key).take()};
  by_leaf.use_witness_utxo();
  Bytes control{static_cast<std::uint8_t>(0xc0 | static_cast<std::uint8_t>(output.parity))};
  append(control, kOne.xonly());
  Bytes leaf_value = leaf;
  leaf_value.push_back(script::kTapscriptLeafVersion);
  by_leaf.input().pairs()[typed(PsbtIn::TapLeafScript, control)] = leaf_value;
  EXPECT_FALSE(by_leaf.becomes_final());
  script::TaprootMessage message;
  message.tapscript = script::TapscriptPosition{leaf_hash};
  Bytes name = kTwo.xonly();
  append(name, leaf_hash);
  by_leaf.input().pairs()[typed(PsbtIn::TapScriptSig, name)] = kTwo.sign_schnorr(by_leaf.taproot_hash(message));
  EXPECT_TRUE(by_leaf.becomes_final());
}

TEST(PsbtFinalize, C132_NothingFalseBecomesFinal) {
  // A signature that does not verify.
  OneInput spend{p2pkh(kOne)};
  spend.add_signature(kOne, kOne.sign(crypto::Hash32{}));
  EXPECT_FALSE(spend.becomes_final());
  // A legacy output of which only amount and script are said.
  spend.add_signature(kOne, kOne.sign(spend.legacy_hash(p2pkh(kOne))));
  EXPECT_TRUE(spend.becomes_final());
  spend.use_witness_utxo();
  EXPECT_FALSE(spend.becomes_final());
  // A hash type that is not the one that was asked for.
  OneInput none{p2pkh(kOne)};
  none.add_signature(kOne, kOne.sign(none.legacy_hash(p2pkh(kOne), 2), 2));
  EXPECT_TRUE(none.becomes_final());
  none.input().set(PsbtIn::SighashType, {1, 0, 0, 0});
  EXPECT_FALSE(none.becomes_final());
  none.input().set(PsbtIn::SighashType, {2, 0, 0, 0});
  EXPECT_TRUE(none.becomes_final());
}

TEST(PsbtFinalize, C132_UnknownPairsAndPlacesStay) {
  OneInput spend{p2wpkh(kOne)};
  spend.add_signature(kOne, kOne.sign(spend.v0_hash(p2pkh(kOne))));
  spend.input().pairs()[{0x55, 1, 2}] = {9};
  spend.input().pairs()[{0xfc, 1, 'k', 0}] = {8};
  spend.input().pairs()[typed(PsbtIn::Bip32Derivation, kOne.compressed())] = Bytes(8, 0);
  finalize_psbt(spend.psbt);
  ASSERT_TRUE(is_final(spend.input()));
  EXPECT_TRUE(spend.input().pairs().contains({0x55, 1, 2}));
  EXPECT_TRUE(spend.input().pairs().contains({0xfc, 1, 'k', 0}));
  EXPECT_TRUE(spend.input().find(PsbtIn::PreviousTxid).has_value());
  EXPECT_TRUE(spend.input().find(PsbtIn::NonWitnessUtxo).has_value());
  EXPECT_TRUE(spend.input().all(PsbtIn::Bip32Derivation).empty());
  EXPECT_TRUE(spend.input().all(PsbtIn::PartialSig).empty());
}

TEST(PsbtCombine, C132_OnlyPsbtsOfOneTransaction) {
  const OneInput one{p2wpkh(kOne)};
  const OneInput other{p2wpkh(kTwo)};
  EXPECT_EQ(combine_psbts(std::vector{one.psbt, other.psbt}).error(), "PSBTs not compatible (different transactions)");
  const OneInput old{p2wpkh(kOne), PsbtVersion::V0};
  EXPECT_FALSE(combine_psbts(std::vector{one.psbt, old.psbt}).ok());
  // Version 2 lets updaters choose the sequence.
  OneInput later{p2wpkh(kOne)};
  later.input().set(PsbtIn::Sequence, {1, 0, 0, 0});
  EXPECT_TRUE(combine_psbts(std::vector{one.psbt, later.psbt}).ok());
}

TEST(PsbtCombine, C132_JoinTakesEachOutputOnce) {
  for (const auto version : {PsbtVersion::V0, PsbtVersion::V2}) {
    const OneInput one{p2wpkh(kOne), version};
    const OneInput two{p2wpkh(kTwo), version};
    const auto joined = join_psbts(std::vector{one.psbt, two.psbt});
    ASSERT_TRUE(joined.ok()) << joined.error();
    EXPECT_EQ(joined->inputs.size(), 2u);
    EXPECT_EQ(joined->outputs.size(), 2u);
    EXPECT_TRUE(joined->inputs[1].find(PsbtIn::NonWitnessUtxo).has_value());
    EXPECT_TRUE(decode_psbt(encode_psbt(*joined)).ok());
    EXPECT_FALSE(join_psbts(std::vector{one.psbt, two.psbt, one.psbt}).ok());
  }
}

// --- bounds ----------------------------------------------------------------------------------------------------------

std::string error_of(const Psbt& psbt) {
  const auto decoded = decode_psbt(encode_psbt(psbt));
  return decoded ? "" : decoded.error();
}

TEST(PsbtBounds, C132_DuplicateKeysInEveryMap) {
  const OneInput spend{p2wpkh(kOne)};
  const Bytes bytes = encode_psbt(spend.psbt);
  ASSERT_TRUE(decode_psbt(bytes).ok());
  // Walks the pairs and writes each one twice.
  Cursor cursor{bytes};
  cursor.skip(5);
  unsigned pairs = 0;
  while (cursor.remaining() > 0) {
    const std::size_t begin = cursor.position();
    if (cursor.read_var_bytes().empty()) continue;
    cursor.read_var_bytes();
    Bytes twice(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cursor.position()));
    append(twice, ByteView{bytes}.subspan(begin));
    const auto decoded = decode_psbt(twice);
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(decoded.error(), "Duplicate key, it is in the map already");
    ++pairs;
  }
  EXPECT_EQ(pairs, 5u + 4 + 2);
}

TEST(PsbtBounds, C132_TaprootDerivationLengthsDoNotOverflow) {
  OneInput spend{p2wpkh(kOne)};
  const Bytes key = typed(PsbtIn::TapBip32Derivation, kOne.xonly());
  // 2^59 hashes of 32 bytes are 0 modulo 2^64.
  for (const char* value : {"", "ff00000000000000080a0b0c0d", "ffffffffffffffffff0a0b0c0d", "fe000000020a0b0c0d",
                            "010a0b0c0d", "00", "000a0b0c", "000a0b0c0d0e"}) {
    spend.input().pairs()[key] = test::unhex(value);
    EXPECT_EQ(error_of(spend.psbt), "Input Taproot BIP32 keypath has an invalid length") << value;
  }
  for (const char* value : {"000a0b0c0d", "000a0b0c0d01000080"}) {
    spend.input().pairs()[key] = test::unhex(value);
    EXPECT_EQ(error_of(spend.psbt), "") << value;
  }
}

TEST(PsbtBounds, C132_FinalWitnessHasNothingBehindIt) {
  OneInput spend{p2wpkh(kOne)};
  for (const char* value : {"", "01", "0100ff", "00ff", "fe00000002", "ffffffffffffffffff", "fd0100", "02010100"}) {
    spend.input().set(PsbtIn::FinalScriptWitness, test::unhex(value));
    const bool is_right = std::string_view{value} == "02010100";
    EXPECT_EQ(error_of(spend.psbt).empty(), is_right) << value;
  }
}

TEST(PsbtBounds, C132_FalseCountsEndWithTheBytes) {
  OneInput spend{p2wpkh(kOne)};
  const auto begin = std::chrono::steady_clock::now();
  for (const auto type : {PsbtGlobal::InputCount, PsbtGlobal::OutputCount}) {
    for (const char* value : {"00", "02", "fe00000002", "ffffffffffffffffff", "fd0100", "", "0100"}) {
      OneInput copy = spend;
      copy.psbt.global.set(type, test::unhex(value));
      EXPECT_NE(error_of(copy.psbt), "") << value;
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{2});
}

TEST(PsbtBounds, B125_PairsAndBytesAreBounded) {
  OneInput spend{p2wpkh(kOne)};
  Bytes many = test::unhex("70736274ff");
  const std::size_t head = many.size();
  for (std::uint32_t i = 0; i <= kPsbtPairsMax; ++i) {
    many.insert(many.end(), {5, 0x70});
    append_le(many, i);
    many.push_back(0);
  }
  EXPECT_EQ(decode_psbt(many).error(), "More than 1000000 pairs");
  many.resize(head);
  // Sizes that promise more than there is.
  for (const char* key : {"fe00000002", "fdffff", "ff0000000001000000", "fd0500"}) {
    Bytes bytes = many;
    append(bytes, test::unhex(key));
    EXPECT_FALSE(decode_psbt(bytes).ok()) << key;
  }
  EXPECT_EQ(decode_psbt(Bytes(30'000'000, 0)).error(), "Invalid PSBT magic bytes");
}

TEST(PsbtBounds, B125_UtxosMustBeThoseOfTheTransaction) {
  OneInput spend{p2wpkh(kOne)};
  const OneInput other{p2wpkh(kTwo)};
  spend.input().set(PsbtIn::NonWitnessUtxo, [&] {
    const ByteView raw = *other.psbt.inputs[0].find(PsbtIn::NonWitnessUtxo);
    return Bytes(raw.begin(), raw.end());
  }());
  EXPECT_EQ(error_of(spend.psbt), "Non-witness UTXO does not match outpoint hash");
  OneInput outside{p2wpkh(kOne)};
  outside.input().set(PsbtIn::OutputIndex, {2, 0, 0, 0});
  EXPECT_EQ(error_of(outside.psbt), "Input specifies output index that does not exist");
}

TEST(PsbtBounds, C132_TapTreesAreWhole) {
  OneInput spend{p2wpkh(kOne)};
  const auto verdict = [&](std::initializer_list<std::uint8_t> depths) {
    Bytes tree;
    for (const std::uint8_t depth : depths) tree.insert(tree.end(), {depth, 0xc0, 1, 0x51});
    spend.psbt.outputs[0].set(PsbtOut::TapTree, tree);
    return error_of(spend.psbt);
  };
  EXPECT_EQ(verdict({0}), "");
  EXPECT_EQ(verdict({1, 1}), "");
  EXPECT_EQ(verdict({1, 2, 2}), "");
  EXPECT_EQ(verdict({2, 2, 1}), "");
  EXPECT_EQ(verdict({2, 2, 2, 2}), "");
  EXPECT_EQ(verdict({}), "Output Taproot tree must not be empty");
  for (const auto& wrong : {std::initializer_list<std::uint8_t>{1}, {0, 0}, {1, 1, 1}, {2, 1, 2}, {2, 2}, {0, 1}}) {
    EXPECT_EQ(verdict(wrong), "Output Taproot tree is malformed");
  }
  EXPECT_EQ(verdict({129}), "Output Taproot tree has as leaf greater than Taproot maximum depth");
}

}  // namespace
}  // namespace kepeng::descriptor
