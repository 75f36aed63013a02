// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// bench_import: imports a chain file into a fresh engine and prints where time and bytes went, as JSON.
//
//   bench_import --chain FILE [--network regtest] [--dbcache MIB] [--par N] [--assumevalid HASH|0] [--dir DIR] [--utxo]
#include <fmt/core.h>
#include <sys/resource.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include <kepeng/base/time.h>
#include <kepeng/crypto/muhash.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/validation/engine.h>

namespace kepeng {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

[[noreturn]] void die(const std::string& what) {
  fmt::print(stderr, "{}\n", what);
  std::exit(1);
}

void print_utxo_hashes(validation::Engine& engine) {
  auto snapshot = engine.coin_snapshot();
  if (!snapshot) die(snapshot.error().message);
  crypto::MuHash muhash;
  crypto::Sha256 serialized;
  std::uint64_t count = 0;
  Bytes element;
  const std::uint8_t prefix = storage::kCoinPrefix;
  for (snapshot->coins->seek({&prefix, 1}); snapshot->coins->valid(); snapshot->coins->next()) {
    const auto outpoint = storage::decode_coin_key(snapshot->coins->key());
    if (!outpoint) break;
    const auto coin = storage::decode_coin(snapshot->coins->value());
    if (!coin) die("a coin does not decode");
    element.clear();
    append(element, outpoint->txid.view());
    append_le(element, outpoint->index);
    append_le(element, static_cast<std::uint32_t>(coin->height * 2 + (coin->is_coinbase ? 1 : 0)));
    append_le(element, coin->value.sats);
    append_var_bytes(element, coin->script_pubkey);
    muhash.insert(element);
    serialized.write(element);
    ++count;
  }
  fmt::print("  \"txouts\": {}, \"hash_serialized_3\": \"{}\", \"muhash\": \"{}\",\n", count,
             display_hash(serialized.finalize_double()), display_hash(muhash.finalize()));
}

void print_report(validation::Engine& engine, double wall, double cpu, std::uint64_t bytes) {
  const validation::Counters& c = engine.counters();
  const auto ns = [](const validation::Counters::Count& count) { return static_cast<double>(count.load()) / 1e9; };
  const auto use = engine.cache_use();
  const double transactions = static_cast<double>(c.transactions_connected.load());
  const unsigned cores = std::thread::hardware_concurrency();
  fmt::print("  \"height\": {}, \"tip\": \"{}\",\n", engine.view()->height(), engine.view()->tip()->hash.to_string());
  fmt::print("  \"wall_s\": {:.3f}, \"cpu_s\": {:.3f}, \"signature_s\": {:.3f}, \"signatures\": {},\n", wall, cpu,
             ns(c.signature_ns), c.signatures.load());
  fmt::print("  \"signature_share_of_cpu\": {:.4f}, \"signature_share_of_wall_x_cores\": {:.4f},\n",
             ns(c.signature_ns) / cpu, ns(c.signature_ns) / (wall * cores));
  fmt::print(
      "  \"parse_s\": {:.3f}, \"script_s\": {:.3f}, \"undo_s\": {:.3f}, \"apply_s\": {:.3f}, \"intake_s\": {:.3f}, "
      "\"settle_s\": {:.3f}, \"flush_s\": {:.3f}, \"chain_idle_s\": {:.3f},\n",
      ns(c.parse_ns), ns(c.script_ns), ns(c.undo_ns), ns(c.apply_ns), ns(c.intake_ns), ns(c.settle_ns), ns(c.flush_ns),
      ns(c.chain_idle_ns));
  fmt::print(
      "  \"us_per_transaction_wall\": {:.2f}, \"us_per_transaction_cpu\": {:.2f}, \"transactions\": {}, \"inputs\": "
      "{},\n",
      wall * 1e6 / transactions, cpu * 1e6 / transactions, transactions, c.inputs_connected.load());
  fmt::print("  \"chainstate_bytes\": {}, \"coins_written\": {}, \"coins_erased\": {}, \"flushes\": {},\n",
             c.chainstate_bytes.load(), c.coins_written.load(), c.coins_erased.load(), c.flushes.load());
  fmt::print("  \"cache_bytes\": {}, \"cache_coins\": {}, \"bytes_per_coin\": {:.1f}, \"source_reads\": {},\n",
             use.bytes, use.coins,
             use.coins == 0 ? 0.0 : static_cast<double>(use.bytes) / static_cast<double>(use.coins),
             use.statistics.source_reads);
  fmt::print("  \"run_ahead_max\": {}, \"bytes\": {}, \"peak_mib\": {}\n", c.run_ahead_max.load(), bytes,
             peak_kib() / 1024);
}

int run(const std::map<std::string, std::string>& arguments) {
  const auto get = [&](const std::string& name, const std::string& otherwise) {
    const auto found = arguments.find(name);
    return found == arguments.end() ? otherwise : found->second;
  };
  const std::string directory = get("dir", std::filesystem::temp_directory_path() / "kepeng-bench-import");
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  params::NetworkChoice choice;
  choice.network = params::network_from_name(get("network", "regtest")).value();
  const auto network = params::make_network(choice).value();
  const auto env = posix_env();
  Logger log;
  Clock clock;
  validation::EngineOptions options;
  options.data_directory = directory;
  options.blocks_directory = directory + "/blocks";
  options.cache_bytes = std::stoull(get("dbcache", "450")) << 20;
  options.script_threads = std::stoi(get("par", "0"));
  options.salt = {0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb};
  if (const std::string hash = get("assumevalid", ""); hash.size() == 64) {
    options.assume_valid = BlockHash::from_string(hash);
  }
  auto engine = validation::Engine::open({*env, log, clock, network}, options);
  if (!engine) die(engine.error().message);
  const double cpu_before = cpu_seconds();
  const std::int64_t since = steady_ns();
  const auto done = (*engine)->import_file(get("chain", ""), [](const validation::ImportProgress&) { return true; });
  if (!done) die(done.error().message);
  const double wall = static_cast<double>(steady_ns() - since) / 1e9;
  const double cpu = cpu_seconds() - cpu_before;
  fmt::print("{{\n");
  print_report(**engine, wall, cpu, done->bytes);
  fmt::print("  ,\n");
  if (get("utxo", "no") != "no") print_utxo_hashes(**engine);
  const std::int64_t closing = steady_ns();
  const auto closed = (*engine)->close();
  if (!closed) die(closed.error().message);
  fmt::print("  \"close_s\": {:.3f}\n}}\n", static_cast<double>(steady_ns() - closing) / 1e9);
  std::filesystem::remove_all(directory);
  return 0;
}

}  // namespace
}  // namespace kepeng

int main(int argc, char** argv) {
  std::map<std::string, std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name.size() < 3 || name.substr(0, 2) != "--") kepeng::die("what is " + name + "?");
    const bool has_value = i + 1 < argc && std::string{argv[i + 1]}.substr(0, 2) != "--";
    arguments[name.substr(2)] = has_value ? argv[++i] : "yes";
  }
  if (!arguments.contains("chain")) kepeng::die("bench_import --chain FILE, see the head of its source");
  return kepeng::run(arguments);
}
