// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "chain_options.h"

#include <kepeng/base/hex.h>
#include <kepeng/base/random.h>

namespace kepeng::node {
namespace {

constexpr std::uint64_t kMib = 1 << 20;
constexpr std::uint64_t kCacheMibLarge = 1024;
constexpr std::uint64_t kCacheMibSmall = 450;
constexpr std::uint64_t kCacheMibMin = 4;
constexpr std::uint64_t kLargeMemory = 4ull << 30;
constexpr std::int64_t kPruneOnRequest = 1;

Fault config_fault(std::string message) {
  return {FaultKind::Config, std::move(message)};
}

// Up to 64 digits, with or without 0x: short ones are filled up with zeros, as bitcoind reads them.
std::optional<Uint256> number_from(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  return Uint256::from_string(text);
}

std::uint64_t cache_bytes(const config::Options& options, const config::Environment& environment) {
  const std::uint64_t usual = environment.memory_bytes >= kLargeMemory ? kCacheMibLarge : kCacheMibSmall;
  const auto chosen = options.find_int("dbcache");
  return std::max(chosen ? static_cast<std::uint64_t>(*chosen) : usual, kCacheMibMin) * kMib;
}

void choose_pruning(const config::Options& options, validation::EngineOptions& engine) {
  const std::int64_t prune = options.get_int("prune");
  engine.prune_manually = prune == kPruneOnRequest;
  if (prune > kPruneOnRequest) engine.prune_target_bytes = static_cast<std::uint64_t>(prune) * kMib;
}

}  // namespace

Result<params::NetworkParams, Fault> network_from(const config::Options& options) {
  params::NetworkChoice choice;
  choice.network = options.network();
  choice.activation_heights = options.get_list("testactivationheight");
  choice.snapshots = options.get_list("testassumeutxo");
  choice.version_bits = options.get_list("vbparams");
  choice.fast_prune = options.get_bool("fastprune");
  for (const std::string& behaviour : options.get_list("test")) {
    if (behaviour == "bip94") choice.enforce_bip94 = true;
  }
  const auto challenges = options.get_list("signetchallenge");
  if (challenges.size() > 1) return Err{config_fault("-signetchallenge cannot be multiple values.")};
  if (!challenges.empty()) {
    choice.signet_challenge = from_hex(challenges.front());
    if (!choice.signet_challenge)
      return Err{config_fault("-signetchallenge must be hex, not '" + challenges[0] + "'.")};
  }
  return params::make_network(choice);
}

Result<validation::EngineOptions, Fault> engine_options_from(const config::Options& options,
                                                             const config::Environment& environment) {
  validation::EngineOptions engine;
  engine.data_directory = options.network_directory().string();
  engine.blocks_directory = (options.blocks_parent() / "blocks").string();
  engine.cache_bytes = cache_bytes(options, environment);
  engine.script_threads = static_cast<int>(options.get_int("par"));
  engine.max_tip_age_seconds = options.get_int("maxtipage");
  engine.stop_at_height = static_cast<Height>(options.get_int("stopatheight"));
  if (options.get_bool("fastprune")) engine.file_sizes = storage::BlockFileSizes::FastPrune;
  if (!options.get_bool("blocksxor")) engine.obfuscation = storage::BlockXor::None;
  if (options.get_bool("reindex-chainstate")) engine.reindex = validation::Reindex::Chainstate;
  if (options.get_bool("reindex")) engine.reindex = validation::Reindex::Everything;
  choose_pruning(options, engine);
  if (const auto text = options.find_string("assumevalid")) {
    const auto number = number_from(options.is_negated("assumevalid") ? "0" : *text);
    if (!number) return Err{config_fault("Invalid -assumevalid: '" + *text + "' is no block hash.")};
    engine.assume_valid = BlockHash{number->to_le_bytes()};
  }
  if (const auto text = options.find_string("minimumchainwork")) {
    engine.minimum_chain_work = number_from(options.is_negated("minimumchainwork") ? "0" : *text);
    if (!engine.minimum_chain_work) return Err{config_fault("Invalid -minimumchainwork: '" + *text + "' is not hex.")};
  }
  constexpr std::string_view kFlushInterval = "flushinterval=";
  for (const std::string& behaviour : options.get_list("test")) {
    if (behaviour.starts_with(kFlushInterval)) {
      engine.flush_interval_seconds = std::atoll(behaviour.c_str() + kFlushInterval.size());
    }
  }
  for (std::uint64_t& salt : engine.salt) salt = random_u64();
  return engine;
}

LogOptions log_options_from(const config::Options& options) {
  LogOptions log;
  log.file = options.get_path("debuglogfile");
  log.console = options.get_bool("printtoconsole");
  log.timestamps = options.get_bool("logtimestamps");
  log.time_micros = options.get_bool("logtimemicros");
  log.thread_names = options.get_bool("logthreadnames");
  log.source_locations = options.get_bool("logsourcelocations");
  log.always_level = options.get_bool("loglevelalways");
  log.rate_limit = options.get_bool("logratelimit");
  log.shrink_at_start = options.get_bool("shrinkdebugfile");
  return log;
}

void apply_log_choices(const config::Options& options, Logger& logger) {
  for (const std::string& text : options.get_list("loglevel")) {
    const std::size_t colon = text.find(':');
    const auto level = log_level_from_text(colon == std::string::npos ? text : text.substr(colon + 1));
    const auto category = log_category_from_text(text.substr(0, colon));
    if (level && colon == std::string::npos) logger.set_level(*level);
    if (level && colon != std::string::npos && category) logger.set_level(*category, *level);
  }
  // "0" and "none" take back what stands before them: the list comes with the most important value first.
  const auto wanted = options.get_list("debug");
  for (const std::string& name : wanted) {
    if (name == "0" || name == "none") break;
    if (const auto category = log_category_from_text(name)) logger.enable(*category);
  }
  for (const std::string& name : options.get_list("debugexclude")) {
    if (const auto category = log_category_from_text(name)) logger.disable(*category);
  }
}

}  // namespace kepeng::node
