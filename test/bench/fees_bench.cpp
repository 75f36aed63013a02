// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The fee estimator with a full mempool: what a question costs, and what a block does.
#include <benchmark/benchmark.h>

#include <kepeng/fees/estimates_file.h>
#include <kepeng/fees/outlook.h>

namespace kepeng::fees {
namespace {

constexpr std::uint64_t kWaiting = 100'000;
constexpr std::uint64_t kMined = 2'500;

Txid txid_of(std::uint64_t number) {
  Txid txid;
  store_le(txid.bytes.data(), number * 0x9e3779b97f4a7c15ull);
  return txid;
}

// A day of blocks, each of which mines what came before the last one.
struct Day {
  Estimator estimator;
  Height height = 800'000;
  std::uint64_t made = 0;
  std::vector<Estimator::Mined> due;

  Day() {
    estimator.add_block(height, {});
    for (std::uint64_t i = 0; i < kWaiting; ++i) estimator.add(txid_of(++made), {height, 500.0 + double(made % 1'000)});
    for (int i = 0; i < 144; ++i) block();
  }
  void block() {
    std::vector<Estimator::Mined> mined = std::exchange(due, {});
    for (std::uint64_t i = 0; i < kMined; ++i) {
      estimator.add(txid_of(++made), {height, 2'000.0 + double(made % 30'000)});
      due.push_back({txid_of(made), true});
    }
    estimator.add_block(++height, mined);
  }
};

void estimate(benchmark::State& state) {
  const Day day;
  for (auto _ : state) {
    benchmark::DoNotOptimize(day.estimator.estimate(static_cast<unsigned>(state.range(0)), Mode::Conservative));
  }
}
BENCHMARK(estimate)->Arg(2)->Arg(24)->Arg(72)->Unit(benchmark::kMicrosecond);

void block(benchmark::State& state) {
  Day day;
  for (auto _ : state) day.block();
}
BENCHMARK(block)->Unit(benchmark::kMicrosecond);

void write_file(benchmark::State& state) {
  const Day day;
  for (auto _ : state) benchmark::DoNotOptimize(write_estimates(day.estimator.keep()));
}
BENCHMARK(write_file)->Unit(benchmark::kMicrosecond);

void histogram(benchmark::State& state) {
  for (auto _ : state) {
    Histogram all;
    for (std::int64_t i = 0; i < std::int64_t{kWaiting}; ++i) all.take({200'000 - i, 800});
    benchmark::DoNotOptimize(all.finish());
  }
}
BENCHMARK(histogram)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace kepeng::fees
