// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Helps for the script tests: script text as in the vectors, the credit and spend transactions, both paths at once.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <sstream>
#include <string>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/keys.h>
#include <kepeng/crypto/ripemd160.h>
#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/script/builder.h>
#include <kepeng/script/interpreter.h>
#include <kepeng/script/limits.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/script_number.h>
#include <kepeng/script/script_reader.h>
#include <kepeng/script/taproot.h>

#include "support/vectors.h"

namespace kepeng::script {

inline bool is_number(const std::string& word) {
  const std::size_t sign = word[0] == '-' ? 1 : 0;
  return word.size() > sign && word.find_first_not_of("0123456789", sign) == std::string::npos;
}

// One word of script text: a number, 0x bytes, a 'text', or the name of an opcode.
inline void append_word(ScriptBuilder& builder, const std::string& word) {
  if (is_number(word)) {
    builder.push_number(std::stoll(word));
  } else if (word.starts_with("0x")) {
    builder.raw(test::unhex(word.substr(2)));
  } else if (word.size() >= 2 && word.front() == '\'' && word.back() == '\'') {
    builder.push(as_bytes(word).subspan(1, word.size() - 2));
  } else {
    const auto op = opcode_by_name(word);
    ASSERT_TRUE(op.has_value()) << "unknown word " << word;
    builder.op(*op);
  }
}

inline Bytes script_of(const std::string& text) {
  ScriptBuilder builder;
  std::istringstream words{text};
  for (std::string word; words >> word;) append_word(builder, word);
  return builder.take();
}

inline Bytes repeat(const std::string& text, std::size_t count) {
  const Bytes once = script_of(text);
  Bytes script;
  for (std::size_t i = 0; i < count; ++i) append(script, once);
  return script;
}

inline Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) append(all, part);
  return all;
}

inline std::string verdict_name(const Verdict& verdict) {
  return verdict ? "OK" : std::string{vector_name(verdict.error())};
}

// A set of flags by name; a mistyped one stops the test.
inline Flags flags_of(const std::string& text) {
  const auto flags = parse_flags(text);
  EXPECT_TRUE(flags.has_value()) << text;
  return flags.value_or(Flags{});
}

inline const Flags kSegwitFlags{Flag::P2sh, Flag::Witness};

struct TestCoin {
  Amount value{};
  Bytes script_pubkey;
};

// Runs both paths of the interpreter, demands that they agree, and gives the name of the verdict.
class Judge {
 public:
  std::string verdict(const SpendContext& context, Flags flags) {
    const std::string general = verdict_name(general_.verify_input(context, flags));
    EXPECT_EQ(verdict_name(direct_.verify_input(context, flags)), general) << to_string(flags);
    return general;
  }
  std::string verdict(const ScriptSpend& spend, Flags flags) {
    const std::string general = verdict_name(general_.verify(spend, flags));
    EXPECT_EQ(verdict_name(direct_.verify(spend, flags)), general) << to_string(flags);
    return general;
  }

  // One input of a transaction with these coins, with and without precomputed hashes.
  std::string verdict(const Transaction& tx, std::uint32_t input, const std::vector<TestCoin>& coins, Flags flags) {
    std::vector<TxOut> spent;
    for (const TestCoin& coin : coins) spent.push_back({coin.value, coin.script_pubkey});
    const PrecomputedHashes hashes{tx, spent};
    const std::string with = verdict(SpendContext{tx, input, spent, &hashes, nullptr}, flags);
    EXPECT_EQ(verdict_name(direct_.verify_input({tx, input, spent, nullptr, nullptr}, flags)), with);
    return with;
  }

 private:
  Interpreter direct_{Interpreter::Path::Direct};
  Interpreter general_{Interpreter::Path::General};
};

// The transaction pair of script_tests.json.
struct CreditAndSpend {
  CreditAndSpend(Bytes script_sig, Bytes script_pubkey, std::vector<Bytes> witness = {}, Amount amount = {}) {
    MutableTransaction credit;
    credit.version = 1;
    credit.inputs.push_back({OutPoint{Txid{}, 0xffffffff}, Bytes{0, 0}, 0xffffffff, {}});
    credit.outputs.push_back({amount, script_pubkey});
    MutableTransaction spend_tx;
    spend_tx.version = 1;
    spend_tx.inputs.push_back(
        {OutPoint{credit.freeze()->txid, 0}, std::move(script_sig), 0xffffffff, std::move(witness)});
    spend_tx.outputs.push_back({amount, {}});
    coins.push_back({amount, std::move(script_pubkey)});
    spend = spend_tx.freeze();
  }

  std::string verdict(Flags flags) const { return Judge{}.verdict(*spend, 0, coins, flags); }

  std::vector<TestCoin> coins;
  TxPtr spend;
};

inline std::string run_scripts(const Bytes& script_sig, const Bytes& script_pubkey, Flags flags = {}) {
  return CreditAndSpend{script_sig, script_pubkey}.verdict(flags);
}
inline std::string run_text(const std::string& script_sig, const std::string& script_pubkey, Flags flags = {}) {
  return run_scripts(script_of(script_sig), script_of(script_pubkey), flags);
}

inline Bytes to_bytes(ByteView view) {
  return Bytes(view.begin(), view.end());
}

inline Bytes p2sh_of(const Bytes& redeem) {
  return ScriptBuilder{}.op(Op::Hash160).push(crypto::hash160(redeem)).op(Op::Equal).take();
}
inline Bytes p2wsh_of(const Bytes& script) {
  return ScriptBuilder{}.op(Op::Zero).push(crypto::sha256(script)).take();
}
inline std::string run_p2sh(const Bytes& redeem, const Bytes& pushes = {}, Flags flags = {Flag::P2sh}) {
  return run_scripts(ScriptBuilder{}.raw(pushes).push(redeem).take(), p2sh_of(redeem), flags);
}
inline std::string run_p2wsh(const Bytes& script, std::vector<Bytes> items = {}, Flags flags = kSegwitFlags) {
  items.push_back(script);
  return CreditAndSpend{{}, p2wsh_of(script), std::move(items)}.verdict(flags);
}

// A key with everything the tests need of it.
struct TestKey {
  explicit TestKey(std::uint8_t number)
      : secret{*crypto::PrivateKey::from_bytes(Bytes(32, number))}, signer{crypto::Hash32{}} {}

  Bytes compressed() const { return to_bytes(signer.public_key(secret)); }
  Bytes uncompressed() const { return to_bytes(*crypto::decompress_public_key(compressed())); }
  Bytes xonly() const { return to_bytes(signer.xonly_key(secret).key); }
  Bytes sign(const crypto::Hash32& hash, std::uint8_t hash_type = 1) const {
    Bytes signature = signer.sign_ecdsa(secret, hash);
    signature.push_back(hash_type);
    return signature;
  }
  Bytes sign_schnorr(const crypto::Hash32& hash, std::uint8_t hash_type = 0) const {
    Bytes signature = to_bytes(signer.sign_schnorr(secret, hash, {}));
    if (hash_type != 0) signature.push_back(hash_type);
    return signature;
  }

  crypto::PrivateKey secret;
  crypto::Signer signer;
};

// A transaction of two inputs and two outputs whose second input spends a coin of ours; the outpoints do not depend on
// scripts, so scripts may contain signatures.
class TwoInputSpend {
 public:
  explicit TwoInputSpend(Bytes script_pubkey = {}, Amount value = Amount{50'000}) {
    tx.inputs.resize(2);
    tx.inputs[0].prevout.index = 3;
    tx.inputs[1].prevout.index = 4;
    tx.outputs = {{Amount{10'000}, Bytes{0x51}}, {Amount{20'000}, Bytes{0x52}}};
    coins = {{Amount{7'000}, Bytes{0x51}}, {value, std::move(script_pubkey)}};
  }

  crypto::Hash32 legacy_hash(const Bytes& script_code, std::uint32_t type = 1) const {
    return legacy_sighash(*tx.freeze(), {1, script_code, type, {}});
  }
  crypto::Hash32 v0_hash(const Bytes& script_code, std::uint32_t type = 1) const {
    return bip143_sighash(*tx.freeze(), {1, script_code, type, coins[1].value});
  }
  crypto::Hash32 taproot_hash(TaprootMessage message) const {
    message.input = 1;
    std::vector<TxOut> spent;
    for (const TestCoin& coin : coins) spent.push_back({coin.value, coin.script_pubkey});
    return taproot_sighash(*tx.freeze(), message, {spent, nullptr}).value();
  }
  std::string verdict(Bytes script_sig, std::vector<Bytes> witness, Flags flags) const {
    MutableTransaction copy = tx;
    copy.inputs[1].script_sig = std::move(script_sig);
    copy.inputs[1].witness = std::move(witness);
    return Judge{}.verdict(*copy.freeze(), 1, coins, flags);
  }

  MutableTransaction tx;
  std::vector<TestCoin> coins;
};

inline Bytes p2pkh_of(const Bytes& key) {
  return ScriptBuilder{}
      .op(Op::Dup)
      .op(Op::Hash160)
      .push(crypto::hash160(key))
      .op(Op::EqualVerify)
      .op(Op::CheckSig)
      .take();
}
inline Bytes p2wpkh_of(const Bytes& key) {
  return ScriptBuilder{}.op(Op::Zero).push(crypto::hash160(key)).take();
}
inline Bytes pushes_of(std::initializer_list<Bytes> items) {
  ScriptBuilder builder;
  for (const Bytes& item : items) builder.push(item);
  return builder.take();
}

// A taproot output with one leaf under the key of TestKey{1}, and how it is spent.
struct TapTree {
  explicit TapTree(Bytes leaf_script, std::uint8_t leaf_version = kTapscriptLeafVersion)
      : script{std::move(leaf_script)} {
    internal = TestKey{1}.xonly();
    leaf_hash = tap_leaf_hash({leaf_version, script});
    const auto output = *crypto::taproot_tweak_public_key(internal, tap_tweak_hash(internal, leaf_hash));
    control = joined({{static_cast<std::uint8_t>(leaf_version | static_cast<std::uint8_t>(output.parity))}, internal});
    script_pubkey = ScriptBuilder{}.op(Op::One).push(output.key).take();
  }
  // Items, then script and control block.
  std::vector<Bytes> witness(std::vector<Bytes> items = {}) const {
    items.push_back(script);
    items.push_back(control);
    return items;
  }

  Bytes script;
  Bytes internal;
  crypto::Hash32 leaf_hash{};
  Bytes control;
  Bytes script_pubkey;
};

inline std::string run_tapscript(const Bytes& script, std::vector<Bytes> items = {}, Flags flags = kConsensusFlags) {
  const TapTree tree{script};
  return CreditAndSpend{{}, tree.script_pubkey, tree.witness(std::move(items))}.verdict(flags);
}

// Sets of flags that depend on each other: CLEANSTACK needs WITNESS, WITNESS needs P2SH.
inline Flags filled(Flags flags) {
  if (flags.has(Flag::CleanStack)) flags = flags.with({Flag::Witness});
  if (flags.has(Flag::Witness)) flags = flags.with({Flag::P2sh});
  return flags;
}
inline Flags trimmed(Flags flags) {
  if (!flags.has(Flag::P2sh)) flags = flags.without({Flag::Witness});
  if (!flags.has(Flag::Witness)) flags = flags.without({Flag::CleanStack});
  return flags;
}

}  // namespace kepeng::script
