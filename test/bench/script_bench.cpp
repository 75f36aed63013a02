// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Inputs of the usual kinds through the interpreter, beside the bare verification of the same signature: the difference
// is what a script costs. Transactions have two inputs and two outputs; the shared hashes are computed for each input.
#include <benchmark/benchmark.h>

#include <kepeng/crypto/ecdsa.h>
#include <kepeng/crypto/keys.h>
#include <kepeng/crypto/ripemd160.h>
#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/script/builder.h>
#include <kepeng/script/interpreter.h>

namespace kepeng::script {
namespace {

using Path = Interpreter::Path;

enum class Kind { P2pkh, P2wpkh, TaprootKey };

Bytes to_bytes(ByteView view) {
  return Bytes(view.begin(), view.end());
}

// The second input of a transaction spends a coin of this kind with a good signature.
struct SignedSpend {
  explicit SignedSpend(Kind kind) {
    const Bytes compressed = to_bytes(signer.public_key(key));
    const Bytes hash = to_bytes(crypto::hash160(compressed));
    const Bytes key_hash_script =
        ScriptBuilder{}.op(Op::Dup).op(Op::Hash160).push(hash).op(Op::EqualVerify).op(Op::CheckSig).take();
    script_pubkey = key_hash_script;
    if (kind == Kind::P2wpkh) script_pubkey = ScriptBuilder{}.op(Op::Zero).push(hash).take();
    if (kind == Kind::TaprootKey) script_pubkey = ScriptBuilder{}.op(Op::One).push(signer.xonly_key(key).key).take();
    spent = {{Amount{70'000}, script_pubkey}, {Amount{50'000}, script_pubkey}};

    MutableTransaction building;
    building.inputs.resize(2);
    building.inputs[1].prevout.index = 1;
    building.outputs = {{Amount{10'000}, key_hash_script}, {Amount{20'000}, key_hash_script}};
    const TxPtr unsigned_tx = building.freeze();
    if (kind == Kind::TaprootKey) {
      message_hash = *taproot_sighash(*unsigned_tx, {1, kSighashDefault, {}, {}}, {spent, nullptr});
      signature = to_bytes(signer.sign_schnorr(key, message_hash, {}));
      public_key = to_bytes(signer.xonly_key(key).key);
      building.inputs[1].witness = {signature};
    } else {
      const EcdsaMessage message{1, key_hash_script, kSighashAll, Amount{50'000}};
      message_hash =
          kind == Kind::P2pkh ? legacy_sighash(*unsigned_tx, message) : bip143_sighash(*unsigned_tx, message);
      signature = signer.sign_ecdsa(key, message_hash);
      public_key = compressed;
      Bytes with_type = signature;
      with_type.push_back(kSighashAll);
      if (kind == Kind::P2pkh) {
        building.inputs[1].script_sig = ScriptBuilder{}.push(with_type).push(compressed).take();
      } else {
        building.inputs[1].witness = {with_type, compressed};
      }
    }
    tx = building.freeze();
  }

  crypto::Signer signer{crypto::Hash32{}};
  crypto::PrivateKey key = *crypto::PrivateKey::from_bytes(Bytes(32, 7));
  Bytes script_pubkey;
  std::vector<TxOut> spent;
  TxPtr tx;
  Bytes signature;
  Bytes public_key;
  crypto::Hash32 message_hash{};
};

void bare_signature(benchmark::State& state, Kind kind) {
  const SignedSpend spend{kind};
  for (auto _ : state) {
    const bool valid = kind == Kind::TaprootKey
                           ? crypto::verify_schnorr(spend.public_key, spend.signature, spend.message_hash)
                           : crypto::verify_ecdsa(spend.public_key, spend.signature, spend.message_hash);
    if (!valid) state.SkipWithError("a good signature did not verify");
  }
}

void whole_input(benchmark::State& state, Kind kind, Path path) {
  const SignedSpend spend{kind};
  Interpreter interpreter{path};
  PrecomputedHashes hashes;
  for (auto _ : state) {
    hashes.compute(*spend.tx, spend.spent);
    const Verdict verdict = interpreter.verify_input({*spend.tx, 1, spend.spent, &hashes, nullptr}, kConsensusFlags);
    if (!verdict) state.SkipWithError("a good input did not verify");
  }
}

class CacheOfAll : public SignatureCache {
 public:
  bool check(const SignedMessage&) override { return true; }
};

// Everything but the curve.
void input_without_signature(benchmark::State& state, Kind kind, Path path) {
  const SignedSpend spend{kind};
  Interpreter interpreter{path};
  PrecomputedHashes hashes;
  CacheOfAll cache;
  for (auto _ : state) {
    hashes.compute(*spend.tx, spend.spent);
    const Verdict verdict = interpreter.verify_input({*spend.tx, 1, spend.spent, &hashes, &cache}, kConsensusFlags);
    benchmark::DoNotOptimize(verdict);
  }
}

// Signature hashes of every input of a transaction of many legacy inputs.
void legacy_sighashes(benchmark::State& state, bool precomputed) {
  MutableTransaction building;
  building.inputs.resize(1'000);
  building.outputs.push_back({Amount{1}, Bytes(25, 0x51)});
  const TxPtr tx = building.freeze();
  const Bytes script(25, 0x51);
  for (auto _ : state) {
    PrecomputedHashes hashes;
    if (precomputed) hashes.compute(*tx, {});
    for (std::uint32_t i = 0; i < 1'000; ++i) {
      benchmark::DoNotOptimize(legacy_sighash(*tx, {i, script, kSighashAll, {}}, &hashes));
    }
  }
}

BENCHMARK_CAPTURE(bare_signature, ecdsa, Kind::P2wpkh);
BENCHMARK_CAPTURE(bare_signature, schnorr, Kind::TaprootKey);
BENCHMARK_CAPTURE(whole_input, p2wpkh_direct, Kind::P2wpkh, Path::Direct);
BENCHMARK_CAPTURE(whole_input, p2wpkh_general, Kind::P2wpkh, Path::General);
BENCHMARK_CAPTURE(whole_input, p2pkh_direct, Kind::P2pkh, Path::Direct);
BENCHMARK_CAPTURE(whole_input, p2pkh_general, Kind::P2pkh, Path::General);
BENCHMARK_CAPTURE(whole_input, taproot_key_direct, Kind::TaprootKey, Path::Direct);
BENCHMARK_CAPTURE(whole_input, taproot_key_general, Kind::TaprootKey, Path::General);
BENCHMARK_CAPTURE(input_without_signature, p2wpkh_direct, Kind::P2wpkh, Path::Direct);
BENCHMARK_CAPTURE(input_without_signature, p2wpkh_general, Kind::P2wpkh, Path::General);
BENCHMARK_CAPTURE(input_without_signature, p2pkh_direct, Kind::P2pkh, Path::Direct);
BENCHMARK_CAPTURE(input_without_signature, taproot_key_direct, Kind::TaprootKey, Path::Direct);
BENCHMARK_CAPTURE(legacy_sighashes, thousand_inputs_plain, false);
BENCHMARK_CAPTURE(legacy_sighashes, thousand_inputs_precomputed, true);

}  // namespace
}  // namespace kepeng::script
