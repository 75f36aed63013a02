// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SHA-256 kernels one by one, batches as a block gives them, signature checks, and MuHash.
#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include <kepeng/crypto/bip324_cipher.h>
#include <kepeng/crypto/keys.h>
#include <kepeng/crypto/muhash.h>
#include <kepeng/crypto/ripemd160.h>
#include <kepeng/crypto/sha256_kernels.h>
#include <kepeng/crypto/siphash.h>

namespace kepeng::crypto {
namespace {

Bytes random_bytes(std::size_t size) {
  std::mt19937_64 random{size};
  Bytes out(size);
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

Hash32 hash_of(const char* text) {
  return sha256(as_bytes(text));
}

void merkle_level(benchmark::State& state, Sha256Kernel kernel) {
  const std::size_t count = 2048;
  const Bytes in = random_bytes(64 * count);
  Bytes out(32 * count);
  for (auto _ : state) {
    sha256d64_with(kernel, out.data(), in.data(), count);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * count));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * in.size()));
}

// Lengths as in a block: most of them some hundred bytes, a few of many thousand.
void transaction_batch(benchmark::State& state, Sha256Kernel kernel) {
  const Bytes bytes = random_bytes(1 << 20);
  std::mt19937_64 random{5};
  std::vector<SegmentedMessage> messages;
  std::size_t total = 0;
  for (int i = 0; i < 2500; ++i) {
    const std::size_t size = random() % 100 == 0 ? 5000 + random() % 10000 : 150 + random() % 400;
    const ByteView at = ByteView{bytes}.subspan(random() % (bytes.size() - size), size);
    messages.push_back({{at.first(4), at.subspan(6, size - 10), at.last(4)}});
    total += size - 2;
  }
  std::vector<Hash32> out(messages.size());
  for (auto _ : state) {
    sha256d_batch_with(kernel, messages, out.data());
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * messages.size()));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * total));
}

void sha256_stream(benchmark::State& state) {
  const Bytes in = random_bytes(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(sha256(in));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sha256_stream)->Arg(32)->Arg(200)->Arg(1 << 20);

void sha256d_header(benchmark::State& state) {
  const Bytes in = random_bytes(80);
  for (auto _ : state) benchmark::DoNotOptimize(sha256d(in));
}
BENCHMARK(sha256d_header);

void hash160_of_key(benchmark::State& state) {
  const Bytes in = random_bytes(33);
  for (auto _ : state) benchmark::DoNotOptimize(hash160(in));
}
BENCHMARK(hash160_of_key);

void siphash_outpoint(benchmark::State& state) {
  const Hash32 txid = hash_of("txid");
  std::uint32_t index = 0;
  for (auto _ : state) benchmark::DoNotOptimize(siphash24_outpoint({1, 2}, txid, ++index));
}
BENCHMARK(siphash_outpoint);

void ecdsa_verify(benchmark::State& state) {
  const Signer signer{hash_of("seed")};
  const PrivateKey key = *PrivateKey::from_bytes(hash_of("key"));
  const Hash32 message = hash_of("message");
  const Bytes signature = signer.sign_ecdsa(key, message);
  const CompressedKey public_key = signer.public_key(key);
  for (auto _ : state) benchmark::DoNotOptimize(verify_ecdsa(public_key, signature, message));
}
BENCHMARK(ecdsa_verify);

void schnorr_verify(benchmark::State& state) {
  const Signer signer{hash_of("seed")};
  const PrivateKey key = *PrivateKey::from_bytes(hash_of("key"));
  const Hash32 message = hash_of("message");
  const Hash64 signature = signer.sign_schnorr(key, message, Hash32{});
  const Hash32 public_key = signer.xonly_key(key).key;
  for (auto _ : state) benchmark::DoNotOptimize(verify_schnorr(public_key, signature, message));
}
BENCHMARK(schnorr_verify);

void ellswift_new_key(benchmark::State& state) {
  const Signer signer{hash_of("seed")};
  const PrivateKey key = *PrivateKey::from_bytes(hash_of("key"));
  Hash32 randomness{};
  for (auto _ : state) {
    ++randomness[0];
    benchmark::DoNotOptimize(ellswift_create(signer, key, randomness));
  }
}
BENCHMARK(ellswift_new_key);

void v2_packet(benchmark::State& state) {
  V2Cipher cipher{derive_v2_keys(hash_of("secret"), {}), V2Role::Initiator};
  const Bytes contents = random_bytes(static_cast<std::size_t>(state.range(0)));
  Bytes packet;
  for (auto _ : state) {
    packet.clear();
    cipher.encrypt(packet, contents, {});
    benchmark::DoNotOptimize(packet.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(v2_packet)->Arg(61)->Arg(1 << 20);

void muhash_insert(benchmark::State& state) {
  const Bytes coin = random_bytes(60);
  MuHash hash;
  for (auto _ : state) hash.insert(coin);
}
BENCHMARK(muhash_insert);

void muhash_combine(benchmark::State& state) {
  MuHash hash, other;
  other.insert(as_bytes("coin"));
  for (auto _ : state) hash.combine(other);
}
BENCHMARK(muhash_combine);

void muhash_finalize(benchmark::State& state) {
  MuHash hash;
  hash.insert(as_bytes("one"));
  hash.remove(as_bytes("another"));
  for (auto _ : state) benchmark::DoNotOptimize(hash.finalize());
}
BENCHMARK(muhash_finalize);

// One row per kernel of this processor.
const bool kKernelsRegistered = [] {
  for (const Sha256Kernel kernel : sha256_kernels()) {
    const std::string name{name_of(kernel)};
    benchmark::RegisterBenchmark(("merkle_level/" + name).c_str(), merkle_level, kernel);
    benchmark::RegisterBenchmark(("transaction_batch/" + name).c_str(), transaction_batch, kernel);
  }
  return true;
}();

}  // namespace
}  // namespace kepeng::crypto
