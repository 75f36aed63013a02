// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// bench_admission: many signed transactions into a mempool on a real engine, from mempool.dat; then a block
// template, and a full block of what the mempool holds. Prints times and bytes as JSON.
//
//   bench_admission [--count 100000] [--inputs 2] [--chain 1] [--par 0]
//
// `--chain`: so many spend one another in a row, like the payments of a wallet that does not wait.
// Where a container may use fewer processors than it sees, `--par` says how many.
#include <fmt/core.h>
#include <malloc.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include <kepeng/crypto/ecdsa.h>
#include <kepeng/mempool_service/service.h>
#include <kepeng/mining/block_assembly.h>
#include <kepeng/mining/block_template.h>

#include "support/chain_builder.h"

namespace kepeng {
namespace {

constexpr std::size_t kOutputsPerFan = 2'500;
constexpr std::size_t kFansPerBlock = 12;
constexpr std::int64_t kCoinSats = 100'000;
constexpr std::int64_t kFeeSats = 1'000;

[[noreturn]] void die(const std::string& what) {
  fmt::print(stderr, "{}\n", what);
  std::exit(1);
}

double seconds_since(std::int64_t since) {
  return static_cast<double>(steady_ns() - since) / 1e9;
}
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto in_seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime);
}
// What the heap has given out.
std::size_t heap_bytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Blocks whose coins wait to be spent, and who spends them.
struct Work {
  std::vector<BlockPtr> blocks;
  std::vector<TxPtr> transactions;
  std::size_t raw_bytes = 0;
};

std::vector<test::OwnedCoin> fan_out(test::ChainBuilder& chain, std::size_t coins) {
  const Bytes script = chain.key().p2wpkh();
  const std::size_t fans = (coins + kOutputsPerFan - 1) / kOutputsPerFan;
  chain.extend_by(static_cast<int>(fans) + 100);
  std::vector<test::OwnedCoin> made;
  Height coinbase = 1;
  for (std::size_t done = 0; done < fans;) {
    std::vector<MutableTransaction> some;
    for (; some.size() < kFansPerBlock && done < fans; ++done) {
      std::vector<MutableTxOut> outputs(kOutputsPerFan, {Amount{kCoinSats}, script});
      some.push_back(chain.key().spend({chain.coinbase_coin(coinbase++)}, std::move(outputs)));
    }
    const BlockPtr block = chain.extend(std::move(some));
    for (std::size_t i = 1; i < block->transactions().size(); ++i) {
      for (std::uint32_t n = 0; n < kOutputsPerFan; ++n) made.push_back(chain.coin(block->transactions()[i], n));
    }
  }
  return made;
}

// How the transactions look.
struct Shape {
  std::size_t count = 0;
  std::size_t inputs = 0;
  std::size_t chain = 1;
};

Work make_work(const params::NetworkParams& network, const Shape& shape) {
  const auto [count, inputs, length] = shape;
  test::ChainBuilder chain{network};
  const auto coins = fan_out(chain, count * inputs);
  Work work{chain.blocks(), std::vector<TxPtr>(count), 0};
  const Bytes script = chain.key().p2wpkh();
  const auto sign_some = [&](std::size_t first, std::size_t step) {
    const test::TestKey key;
    for (std::size_t i = first * length; i < count; i += i % length == length - 1 ? (step - 1) * length + 1 : 1) {
      std::vector<test::OwnedCoin> spent(coins.begin() + static_cast<std::ptrdiff_t>(i * inputs),
                                         coins.begin() + static_cast<std::ptrdiff_t>((i + 1) * inputs));
      if (i % length != 0) spent.front() = chain.coin(*work.transactions[i - 1], 0);
      std::int64_t value = -kFeeSats - static_cast<std::int64_t>(i % 977);
      for (const test::OwnedCoin& coin : spent) value += coin.value.sats;
      work.transactions[i] = key.spend(spent, {{Amount{value / 2}, script}, {Amount{value / 2}, script}}).freeze();
    }
  };
  std::vector<std::thread> threads;
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < cores; ++i) threads.emplace_back(sign_some, i, cores);
  for (auto& thread : threads) thread.join();
  for (const TxPtr& tx : work.transactions) work.raw_bytes += tx->raw.size();
  return work;
}

// The signatures of these transactions, verified by so many threads with nothing else to do.
struct SignatureCost {
  double per_second = 0;
  double us_of_cpu = 0;  // each
};
SignatureCost measure_signatures(const Work& work, std::size_t threads_wanted) {
  struct Signed {
    Bytes key;
    Bytes signature;
    crypto::Hash32 hash;
  };
  std::vector<Signed> all;
  const test::TestKey key;
  const Bytes code = key.p2pkh();
  for (std::size_t i = 0; i < std::min<std::size_t>(work.transactions.size(), 40'000); ++i) {
    const Transaction& tx = *work.transactions[i];
    for (std::uint32_t n = 0; n < tx.inputs.size(); ++n) {
      const ByteView signature = tx.inputs[n].witness[0];
      const ByteView public_key = tx.inputs[n].witness[1];
      const bool is_chained = i > 0 && tx.inputs[n].prevout.txid == work.transactions[i - 1]->txid;
      const Amount value = is_chained ? work.transactions[i - 1]->outputs[0].value : Amount{kCoinSats};
      all.push_back({Bytes(public_key.begin(), public_key.end()), Bytes(signature.begin(), signature.end() - 1),
                     script::bip143_sighash(tx, {n, code, script::kSighashAll, value})});
    }
  }
  std::atomic<std::size_t> wrong = 0;
  const auto verify_some = [&](std::size_t first) {
    for (std::size_t i = first; i < all.size(); i += threads_wanted) {
      if (!crypto::verify_ecdsa(all[i].key, all[i].signature, all[i].hash)) ++wrong;
    }
  };
  const double cpu_before = cpu_seconds();
  const std::int64_t since = steady_ns();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < threads_wanted; ++i) threads.emplace_back(verify_some, i);
  for (auto& thread : threads) thread.join();
  if (wrong != 0) die("signatures do not verify");
  const auto count = static_cast<double>(all.size());
  return {count / seconds_since(since), (cpu_seconds() - cpu_before) * 1e6 / count};
}

class Bench {
 public:
  Bench(const Shape& shape, int par)
      : network_{params::make_network({.network = params::Network::Regtest}).value()},
        directory_{std::filesystem::temp_directory_path() / "kepeng-bench-mempool"},
        inputs_{shape.inputs} {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    work_ = make_work(network_, shape);
    const Work& work = work_;
    verifiers_ = validation::worker_count(par) + 1;
    signature_ = measure_signatures(work, verifiers_);
    raw_bytes_ = work.raw_bytes;
    auto verified = std::make_shared<script_cache::ScriptCache>(std::uint64_t{64} << 20);
    validation::EngineOptions options;
    options.data_directory = directory_;
    options.blocks_directory = directory_ + "/blocks";
    options.script_threads = par;
    options.verified_before = verified;
    options.max_tip_age_seconds = std::int64_t{100} * 365 * 24 * 60 * 60;  // the blocks are old; we are not catching up
    auto engine = validation::Engine::open({*env_, log_, clock_, network_}, options);
    if (!engine) die(engine.error().message);
    engine_ = std::move(engine).value();
    for (std::size_t i = 1; i < work.blocks.size(); ++i) {
      if (!engine_->submit(work.blocks[i])) die("a block does not go in");
    }
    mempool::MempoolFile file;
    for (const TxPtr& tx : work.transactions) file.transactions.push_back({tx->raw, clock_.now(), {}});
    const Bytes bytes = mempool::write_mempool_file(file, mempool::FileVersion::Obfuscated);
    std::ofstream{directory_ + "/import.dat"}.write(reinterpret_cast<const char*>(bytes.data()),
                                                    static_cast<std::streamsize>(bytes.size()));
    mempool_service::ServiceOptions service;
    service.script_threads = par;
    service.verified = verified;
    service.admission.bytes_max = std::size_t{1} << 30;
    service_ = mempool_service::MempoolService::start({*engine_, log_, clock_, network_, *env_}, service);
  }
  ~Bench() {
    service_->stop();
    static_cast<void>(engine_->close());
    std::filesystem::remove_all(directory_);
  }

  void import() {
    malloc_trim(0);
    const std::size_t heap_before = heap_bytes();
    const double cpu_before = cpu_seconds();
    const std::int64_t since = steady_ns();
    const auto loaded = service_->load(directory_ + "/import.dat", {});
    const double wall = seconds_since(since);
    const double cpu = cpu_seconds() - cpu_before;
    if (!loaded) die(loaded.error().message);
    // Once more: a virtual machine has faster and slower minutes.
    const SignatureCost after = measure_signatures(work_, verifiers_);
    signature_.per_second = (signature_.per_second + after.per_second) / 2;
    signature_.us_of_cpu = (signature_.us_of_cpu + after.us_of_cpu) / 2;
    const auto count = static_cast<double>(loaded->accepted);
    const double rate = count * static_cast<double>(inputs_) / wall;
    fmt::print(
        "  \"accepted\": {}, \"failed\": {}, \"wall_s\": {:.3f}, \"cpu_s\": {:.3f}, \"us_per_transaction_cpu\": "
        "{:.2f},\n",
        loaded->accepted, loaded->failed, wall, cpu, cpu * 1e6 / count);
    fmt::print("  \"signatures_per_s\": {:.0f}, \"signatures_alone_per_s\": {:.0f}, \"ratio\": {:.3f},\n", rate,
               signature_.per_second, rate / signature_.per_second);
    // What a busy machine does not change.
    const double signing = signature_.us_of_cpu * count * static_cast<double>(inputs_) / 1e6;
    fmt::print("  \"signature_us_cpu\": {:.2f}, \"signatures_of_cpu\": {:.3f}, \"cores_used\": {:.2f},\n",
               signature_.us_of_cpu, signing / cpu, cpu / wall);
    malloc_trim(0);
    std::size_t counted = 0;
    service_->look([&](const mempool::Pool& pool, mempool::Admission&) { counted = pool.memory_bytes(); });
    const double raw = static_cast<double>(raw_bytes_) / count;
    fmt::print(
        "  \"bytes_serialized\": {:.0f}, \"bytes_counted\": {:.0f}, \"bytes_of_heap\": {:.0f}, \"bytes_allowed\": "
        "{:.0f},\n",
        raw, static_cast<double>(counted) / count, static_cast<double>(heap_bytes() - heap_before) / count,
        1.5 * raw + 300);
  }

  mining::Choice make_template() {
    constexpr int kRounds = 20;
    mining::Choice choice;
    const std::int64_t since = steady_ns();
    for (int i = 0; i < kRounds; ++i) {
      service_->look(
          [&](const mempool::Pool& pool, mempool::Admission&) { choice = mining::choose_transactions(pool, {}); });
    }
    fmt::print("  \"template_transactions\": {}, \"template_ms\": {:.2f},\n", choice.transactions.size(),
               seconds_since(since) * 1e3 / kRounds);
    return choice;
  }

  void connect(const mining::Choice& choice) {
    std::vector<TxPtr> transactions;
    for (const auto& one : choice.transactions) transactions.push_back(unpack(one.tx));
    const Bytes script{0x51};
    auto draft = mining::assemble({.parent = engine_->view()->tip(),
                                   .payout_script = script,
                                   .transactions = transactions,
                                   .now = clock_.now(),
                                   .fees = choice.fees},
                                  network_);
    std::uint64_t tries = 1'000'000;
    if (!mining::solve(draft.header, tries, [] { return true; })) die("no proof of work");
    auto block = parse_block(serialize_block(draft.header, draft.transactions));
    if (!block) die("the block does not parse");
    const double cpu_before = cpu_seconds();
    const std::uint64_t signatures_before = engine_->counters().signatures;
    const std::int64_t since = steady_ns();
    const auto outcome = engine_->submit(std::move(block).value());
    const double connected = seconds_since(since);
    std::size_t left = 0;
    service_->look([&](const mempool::Pool& pool, mempool::Admission&) { left = pool.count(); });
    if (!outcome || outcome->kind == validation::SubmitOutcome::Kind::Rejected) die("the block is refused");
    fmt::print("  \"block_connect_ms\": {:.2f}, \"block_out_of_mempool_ms\": {:.2f}, \"block_cpu_ms\": {:.2f},\n",
               connected * 1e3, seconds_since(since) * 1e3, (cpu_seconds() - cpu_before) * 1e3);
    fmt::print("  \"block_signatures\": {}, \"left\": {}\n", engine_->counters().signatures - signatures_before, left);
  }

 private:
  params::NetworkParams network_;
  std::string directory_;
  std::size_t inputs_;
  std::unique_ptr<Env> env_ = posix_env();
  Logger log_;
  Clock clock_;
  Work work_;
  std::size_t verifiers_ = 0;
  SignatureCost signature_;
  std::size_t raw_bytes_ = 0;
  std::unique_ptr<validation::Engine> engine_;
  std::unique_ptr<mempool_service::MempoolService> service_;
};

}  // namespace
}  // namespace kepeng

int main(int argc, char** argv) {
  std::map<std::string, std::string> arguments{{"count", "100000"}, {"inputs", "2"}, {"chain", "1"}, {"par", "0"}};
  for (int i = 1; i + 1 < argc; i += 2) arguments[std::string{argv[i]}.substr(2)] = argv[i + 1];
  const auto size_of = [&](const std::string& name) { return std::max(std::stoul(arguments[name]), 1ul); };
  kepeng::Bench bench{{size_of("count"), size_of("inputs"), size_of("chain")}, std::stoi(arguments["par"])};
  fmt::print("{{\n");
  bench.import();
  bench.connect(bench.make_template());
  fmt::print("}}\n");
}
