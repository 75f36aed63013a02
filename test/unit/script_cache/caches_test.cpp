// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script_cache/caches.h>

#include <gtest/gtest.h>

#include <thread>

#include <kepeng/base/random.h>
#include <kepeng/crypto/keys.h>
#include <kepeng/crypto/ripemd160.h>
#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/script/builder.h>
#include <kepeng/script/interpreter.h>

namespace kepeng::script_cache {
namespace {

using script::Flag;
using script::SignatureKind;
using script::SignedMessage;

crypto::Hash32 filled_with(std::uint8_t byte) {
  crypto::Hash32 hash;
  hash.fill(byte);
  return hash;
}

Bytes numbered(std::size_t size, std::uint64_t number) {
  Bytes bytes(size, 0x5a);
  store_le(bytes.data(), number);
  return bytes;
}

// Counts what the interpreter asks, and what the cache underneath knew.
class Watched final : public script::SignatureCache {
 public:
  bool check(const SignedMessage& message) override {
    ++(cache.contains(message) ? hits : misses);
    return cache.check(message);
  }

  SharedSignatureCache cache;
  int hits = 0;
  int misses = 0;
};

// A P2WPKH coin of a key of ours and the transaction that spends it.
struct WitnessSpend {
  WitnessSpend() {
    const auto key = signer.public_key(secret);
    script_pubkey = script::ScriptBuilder{}.op(script::Op::Zero).push(crypto::hash160(key)).take();
    tx.inputs.resize(1);
    tx.inputs[0].prevout.index = 7;
    tx.outputs.push_back({Amount{900}, Bytes{0x51}});
    const Bytes script_code = script::ScriptBuilder{}
                                  .op(script::Op::Dup)
                                  .op(script::Op::Hash160)
                                  .push(crypto::hash160(key))
                                  .op(script::Op::EqualVerify)
                                  .op(script::Op::CheckSig)
                                  .take();
    Bytes signature =
        signer.sign_ecdsa(secret, script::bip143_sighash(*tx.freeze(), {0, script_code, 1, Amount{1000}}));
    signature.push_back(1);
    tx.inputs[0].witness = {signature, Bytes(key.begin(), key.end())};
  }
  TxPtr good() const { return tx.freeze(); }
  // The same transaction id, another signature.
  TxPtr malleated() const {
    MutableTransaction copy = tx;
    copy.inputs[0].witness[0][10] ^= 1;
    return copy.freeze();
  }
  script::Verdict verify(const Transaction& spend, script::Flags flags, script::SignatureCache* cache) const {
    const std::vector<TxOut> spent{{Amount{1000}, script_pubkey}};
    return script::Interpreter{}.verify_input({spend, 0, spent, nullptr, cache}, flags);
  }

  crypto::PrivateKey secret = *crypto::PrivateKey::from_bytes(Bytes(32, 9));
  crypto::Signer signer{crypto::Hash32{}};
  Bytes script_pubkey;
  MutableTransaction tx;
};

// How a block is judged at the tip: the script cache, then the interpreter with the signature cache.
struct Tip {
  script::Verdict judge(const WitnessSpend& spend, const Transaction& tx, script::Flags flags) {
    const ScriptCache::Key key{tx.wtxid, flags};
    if (scripts.contains(key)) {
      ++shortcuts;
      return Unit{};
    }
    return scripts.remember(key, spend.verify(tx, flags, &signatures));
  }

  ScriptCache scripts;
  Watched signatures;
  int shortcuts = 0;
};

TEST(ScriptCacheTest, C116_BadWitnessUnderTheSameTxidDoesNotHit) {
  const WitnessSpend spend;
  const TxPtr good = spend.good();
  const TxPtr bad = spend.malleated();
  ASSERT_EQ(good->txid, bad->txid);
  ASSERT_NE(good->wtxid, bad->wtxid);
  Tip tip;
  EXPECT_TRUE(tip.judge(spend, *good, script::kConsensusFlags).ok());
  EXPECT_TRUE(tip.judge(spend, *good, script::kConsensusFlags).ok());
  EXPECT_EQ(tip.shortcuts, 1);
  // Twice: the first failure must not be what the second is answered with, nor turn into a success.
  EXPECT_FALSE(tip.judge(spend, *bad, script::kConsensusFlags).ok());
  EXPECT_FALSE(tip.judge(spend, *bad, script::kConsensusFlags).ok());
  EXPECT_EQ(tip.shortcuts, 1);
  EXPECT_EQ(tip.signatures.hits, 0);
}

TEST(ScriptCacheTest, C116_OtherFlagsDoNotHit) {
  const WitnessSpend spend;
  const TxPtr tx = spend.good();
  Tip tip;
  EXPECT_TRUE(tip.judge(spend, *tx, script::kConsensusFlags).ok());
  EXPECT_TRUE(tip.judge(spend, *tx, script::kStandardFlags).ok());
  EXPECT_EQ(tip.shortcuts, 0);
  // The scripts ran again, the signature was known.
  EXPECT_EQ(tip.signatures.misses, 1);
  EXPECT_EQ(tip.signatures.hits, 1);
  for (unsigned i = 0; i < script::kFlagCount; ++i) {
    const auto flag = script::Flags::from_bits(1u << i);
    const auto other = script::kConsensusFlags.contains(flag) ? script::kConsensusFlags.without(flag)
                                                              : script::kConsensusFlags.with(flag);
    if (other == script::kStandardFlags) continue;
    EXPECT_FALSE(tip.scripts.contains({tx->wtxid, other})) << script::to_string(other);
  }
}

TEST(ScriptCacheTest, C116_FailureIsNeverCached) {
  ScriptCache cache;
  const ScriptCache::Key key{Wtxid{filled_with(3)}, script::kConsensusFlags};
  const script::Verdict failure = cache.remember(key, Err{script::ScriptError::EvalFalse});
  ASSERT_FALSE(failure.ok());
  EXPECT_EQ(failure.error(), script::ScriptError::EvalFalse);
  EXPECT_FALSE(cache.contains(key));
  EXPECT_TRUE(cache.remember(key, Unit{}).ok());
  EXPECT_TRUE(cache.contains(key));

  const WitnessSpend spend;
  Watched signatures;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(spend.verify(*spend.malleated(), script::kConsensusFlags, &signatures).ok());
  EXPECT_EQ(signatures.misses, 3);
  EXPECT_EQ(signatures.hits, 0);
}

TEST(SignatureCacheTest, C116_KeyedByKindHashKeyAndSignature) {
  SharedSignatureCache cache;
  const Bytes key = numbered(33, 1);
  const Bytes signature = numbered(64, 2);
  const SignedMessage message{SignatureKind::Schnorr, filled_with(7), key, signature};
  cache.insert(message);
  EXPECT_TRUE(cache.contains(message));

  SignedMessage other = message;
  other.kind = SignatureKind::Ecdsa;
  EXPECT_FALSE(cache.contains(other));
  other = message;
  other.message_hash[31] ^= 1;
  EXPECT_FALSE(cache.contains(other));
  other = message;
  const Bytes other_key = numbered(33, 3);
  other.public_key = other_key;
  EXPECT_FALSE(cache.contains(other));
  other = message;
  const Bytes other_signature = numbered(64, 4);
  other.signature = other_signature;
  EXPECT_FALSE(cache.contains(other));
  // One byte from the key to the signature.
  Bytes joined = key;
  append(joined, signature);
  other.public_key = ByteView{joined}.first(32);
  other.signature = ByteView{joined}.subspan(32);
  EXPECT_FALSE(cache.contains(other));
  // Keys whose lengths agree in their low byte.
  const Bytes long_key(33 + 256, 1);
  other.public_key = long_key;
  cache.insert(other);
  EXPECT_FALSE(cache.contains(other));
}

SignedMessage message_number(std::uint64_t number, Bytes& signature) {
  signature = numbered(64, number);
  return {SignatureKind::Schnorr, filled_with(1), ByteView{signature}.first(32), signature};
}

// Which of the first `count` messages a cache still knows after all of them were inserted.
std::vector<std::uint64_t> survivors(SharedSignatureCache& cache, std::uint64_t count) {
  Bytes signature;
  for (std::uint64_t i = 0; i < count; ++i) cache.insert(message_number(i, signature));
  std::vector<std::uint64_t> known;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (cache.contains(message_number(i, signature))) known.push_back(i);
  }
  return known;
}

TEST(SignatureCacheTest, C116_BoundHolds) {
  constexpr std::uint64_t kBytes = 64 * 1024;
  SharedSignatureCache cache{kBytes};
  EXPECT_LE(cache.bytes(), kBytes);
  EXPECT_GT(cache.bytes(), kBytes / 2);
  const std::uint64_t room = kBytes / 16;
  const auto known = survivors(cache, 20 * room);
  EXPECT_LE(known.size(), room);
  EXPECT_GT(known.size(), room / 2);  // and the room is used
  // The last one is there: a full bucket drops its oldest.
  EXPECT_EQ(known.back(), 20 * room - 1);
  // No room at all still works, within one bucket for each shard.
  SharedSignatureCache none{0};
  EXPECT_LE(none.bytes(), 64u * 128);
  EXPECT_FALSE(survivors(none, 10'000).empty());
}

TEST(SignatureCacheTest, C116_Salted) {
  constexpr std::uint64_t kBytes = 16 * 1024;
  const auto survivors_under = [](const crypto::Hash32& salt) {
    SharedSignatureCache cache{kBytes, salt};
    return survivors(cache, 10'000);
  };
  // What is dropped follows from the salt alone, so somebody who knows it not cannot choose.
  EXPECT_EQ(survivors_under(filled_with(1)), survivors_under(filled_with(1)));
  EXPECT_NE(survivors_under(filled_with(1)), survivors_under(filled_with(2)));
  SharedSignatureCache one{kBytes};
  SharedSignatureCache two{kBytes};
  EXPECT_NE(survivors(one, 10'000), survivors(two, 10'000));
}

TEST(SignatureCacheTest, C116_ThreadsShareOneCache) {
  constexpr std::uint64_t kEach = 2'000;
  constexpr std::uint64_t kThreads = 4;
  SharedSignatureCache cache{8u << 20};
  std::vector<std::thread> threads;
  std::array<std::uint64_t, kThreads> false_hits{};
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Bytes signature;
      for (std::uint64_t i = 0; i < kEach; ++i) {
        cache.insert(message_number(t * kEach + i, signature));
        // Another thread's message, known or not; and one that nobody inserts.
        cache.contains(message_number((t + 1) % kThreads * kEach + i, signature));
        if (cache.contains(message_number(1'000'000 + t * kEach + i, signature))) ++false_hits[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Bytes signature;
  std::uint64_t known = 0;
  for (std::uint64_t i = 0; i < kThreads * kEach; ++i) known += cache.contains(message_number(i, signature)) ? 1u : 0u;
  EXPECT_EQ(known, kThreads * kEach);  // 8,000 members in half a million places: none was dropped
  EXPECT_EQ(false_hits, (std::array<std::uint64_t, kThreads>{}));
}

}  // namespace
}  // namespace kepeng::script_cache
