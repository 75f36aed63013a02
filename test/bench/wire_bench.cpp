// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// A compact block of 2,500 known transactions, and what reading and writing messages costs.
#include <benchmark/benchmark.h>

#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/wire/message.h>
#include <kepeng/wire/reconstruction.h>

namespace kepeng::wire {
namespace {

// As large as most: one input with a signature, two outputs.
TxPtr sample_transaction(std::uint32_t number) {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{7}}, number}, {}, 0xfffffffe, {Bytes(71, 1), Bytes(33, 2)}});
  for (int i = 0; i < 2; ++i) tx.outputs.push_back({Amount{5000}, Bytes(22, 3)});
  return tx.freeze();
}

std::vector<TxPtr> transactions(std::uint32_t first, std::uint32_t count) {
  std::vector<TxPtr> list;
  for (std::uint32_t i = 0; i < count; ++i) list.push_back(sample_transaction(first + i));
  return list;
}

const BlockPtr& block() {
  static const BlockPtr one = *parse_block(serialize_block({}, transactions(0, 2500)));
  return one;
}

// From the bytes of the message to the block, out of a pool of so many that has them all.
void compact_block(benchmark::State& state) {
  const Bytes payload = encode(make_compact_block(block(), 1));
  const auto pool = transactions(0, static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) {
    Message message = *decode("cmpctblock", payload);
    auto rebuilt = BlockReconstruction::begin(std::move(std::get<CmpctBlock>(message)));
    for (const TxPtr& tx : pool) rebuilt->offer(tx);
    auto whole = rebuilt->assemble();
    benchmark::DoNotOptimize(whole);
    benchmark::DoNotOptimize(encode(make_compact_block(*whole, 2)));
  }
}
BENCHMARK(compact_block)->Arg(2'500)->Arg(50'000)->Unit(benchmark::kMillisecond);

void decode_block(benchmark::State& state) {
  const Bytes payload = encode(BlockMessage{block()});
  for (auto _ : state) benchmark::DoNotOptimize(decode("block", payload));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(payload.size()));
}
BENCHMARK(decode_block);

void decode_headers(benchmark::State& state) {
  const Bytes payload = encode(Headers{std::vector<BlockHeader>(2000)});
  for (auto _ : state) benchmark::DoNotOptimize(decode("headers", payload));
}
BENCHMARK(decode_headers);

}  // namespace
}  // namespace kepeng::wire
