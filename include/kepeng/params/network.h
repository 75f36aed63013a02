// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What differs between the networks: genesis, proof-of-work limits, activation heights, magic, ports, prefixes.
//
// `NetworkParams` is made once at start-up by `make_network` and never changes; everyone holds a reference. Numbers are
// facts of the networks (BIP90 for buried heights, BIP94, BIP325). Immutable, thread-safe.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>
#include <kepeng/primitives/block.h>
#include <kepeng/primitives/target.h>

namespace kepeng::params {

enum class Network { Main, Testnet3, Testnet4, Signet, Regtest };

// "main", "test", "testnet4", "signet", "regtest": as RPC and options spell them.
std::string_view name_of(Network network);
std::optional<Network> network_from_name(std::string_view name);

// Rules that count from a fixed height on (BIP90).
enum class Buried { Bip34, Bip66, Bip65, Csv, Segwit };
inline constexpr std::array kBuriedDeployments{Buried::Bip34, Buried::Bip66, Buried::Bip65, Buried::Csv,
                                               Buried::Segwit};
// "bip34", "bip66", "bip65", "csv", "segwit".
std::string_view name_of(Buried deployment);

// A BIP9 deployment.
struct VersionBits {
  static constexpr std::int64_t kAlwaysActive = -1;
  static constexpr std::int64_t kNeverActive = -2;
  static constexpr std::int64_t kNoTimeout = INT64_MAX;

  std::string name;
  int bit = 28;
  std::int64_t start_time = kNeverActive;  // median time past
  std::int64_t timeout = kNoTimeout;
  Height min_activation_height = 0;
  int threshold = 1815;
  int period = 2016;
};

// Blocks that today's base rules would refuse; everything not named here has P2SH, WITNESS and TAPROOT on.
enum class BaseScriptRules { All, None, P2shAndWitness };
struct ScriptException {
  BlockHash block;
  BaseScriptRules rules;
};

// A UTXO snapshot that may be loaded: state after `block`.
struct SnapshotFact {
  Height height = 0;
  BlockHash block;
  Hash256<struct SnapshotTag> hash_serialized;
  std::uint64_t chain_transactions = 0;
};

struct ChainTransactionData {
  std::int64_t time = 0;
  std::uint64_t count = 0;
  double per_second = 0;
};

struct NetworkParams {
  Network network = Network::Main;

  // Rules.
  Uint256 pow_limit;
  std::int64_t target_spacing_seconds = 600;
  std::int64_t target_timespan_seconds = 14 * 24 * 60 * 60;
  bool allows_min_difficulty_blocks = false;
  bool no_retargeting = false;
  bool enforces_bip94 = false;
  Height subsidy_halving_interval = 210'000;
  std::array<Height, 5> buried_heights{1, 1, 1, 1, 1};  // indexed by Buried
  std::optional<Height> bip54_height;                   // consensus cleanup; decided on no network yet
  std::optional<BlockHash> bip34_block;                 // the block at the BIP34 height, where BIP30 may rest (C-094)
  std::vector<BlockHash> bip30_exceptions;
  std::vector<ScriptException> script_exceptions;
  std::vector<VersionBits> deployments;
  std::optional<Bytes> signet_challenge;

  // Trust anchors that are no rules.
  Work minimum_chain_work;
  BlockHash assume_valid;  // null: none
  std::vector<SnapshotFact> snapshots;
  ChainTransactionData transaction_data;

  // Names and numbers of the outside.
  BlockPtr genesis;
  std::array<std::uint8_t, 4> magic{};
  std::uint16_t p2p_port = 0;
  std::uint16_t rpc_port = 0;
  std::string data_subdirectory;  // below the data directory; empty for main
  std::string bech32_prefix;
  std::uint8_t pubkey_address_prefix = 0;
  std::uint8_t script_address_prefix = 0;
  std::uint8_t secret_key_prefix = 0;
  std::array<std::uint8_t, 4> ext_public_prefix{};
  std::array<std::uint8_t, 4> ext_secret_prefix{};
  std::vector<std::string> dns_seeds;
  Height prune_after_height = 100'000;
  std::uint64_t assumed_blocks_gb = 0;
  std::uint64_t assumed_chainstate_gb = 0;

  Height buried_height(Buried deployment) const { return buried_heights[static_cast<std::size_t>(deployment)]; }
  bool is_active(Buried deployment, Height height) const { return height >= buried_height(deployment); }
  bool is_bip54_active(Height height) const { return bip54_height && height >= *bip54_height; }
  std::int64_t retarget_interval() const { return target_timespan_seconds / target_spacing_seconds; }
  bool is_test_chain() const { return network != Network::Main; }
  bool is_mockable() const { return network == Network::Regtest; }
};

// What the operator may change.
struct NetworkChoice {
  Network network = Network::Main;
  std::optional<Bytes> signet_challenge{};
  std::vector<std::string> activation_heights{};  // regtest: "name@height"
  std::vector<std::string> version_bits{};        // regtest: "deployment:start:end[:min_height]"
  std::vector<std::string> snapshots{};           // regtest: "height:block hash:hash of the coins:transactions"
  bool enforce_bip94 = false;                     // regtest
  bool fast_prune = false;
};

// Config fault for a choice that cannot be used.
Result<NetworkParams, Fault> make_network(const NetworkChoice& choice);

}  // namespace kepeng::params
