// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/params/network.h>

#include <algorithm>
#include <charconv>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/sha256.h>

#include "genesis.h"

namespace kepeng::params {
namespace {

constexpr std::array<std::pair<Network, std::string_view>, 5> kNetworkNames{{{Network::Main, "main"},
                                                                             {Network::Testnet3, "test"},
                                                                             {Network::Testnet4, "testnet4"},
                                                                             {Network::Signet, "signet"},
                                                                             {Network::Regtest, "regtest"}}};
constexpr std::array<std::string_view, 5> kBuriedNames{"bip34", "bip66", "bip65", "csv", "segwit"};

constexpr std::string_view kSignetChallenge =
    "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430210359ef5021964fe22d6f8e05b2463c9540ce96883f"
    "e"
    "3b278760f048f5189f2e6c452ae";

BlockHash block_hash(std::string_view text) {
  return *BlockHash::from_string(text);
}
Work number(std::string_view text) {
  return *Uint256::from_string(text);
}
SnapshotFact snapshot(Height height, std::string_view block, std::string_view hash, std::uint64_t transactions) {
  return {height, block_hash(block), *Hash256<SnapshotTag>::from_string(hash), transactions};
}

void set_test_prefixes(NetworkParams& p) {
  p.pubkey_address_prefix = 111;
  p.script_address_prefix = 196;
  p.secret_key_prefix = 239;
  p.ext_public_prefix = {0x04, 0x35, 0x87, 0xcf};
  p.ext_secret_prefix = {0x04, 0x35, 0x83, 0x94};
  p.bech32_prefix = "tb";
  p.prune_after_height = 1000;
}

NetworkParams make_main() {
  NetworkParams p;
  p.network = Network::Main;
  p.pow_limit = number("00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
  p.buried_heights = {227'931, 363'725, 388'381, 419'328, 481'824};
  p.bip34_block = block_hash("000000000000024b89b42a942fe0d9fea3bb44ab7bd1b19115dd6a759c0808b8");
  p.bip30_exceptions = {block_hash("00000000000a4d0a398161ffc163c503763b1f4360639393e0e4c8e300e0caec"),
                        block_hash("00000000000743f190a18c5577a3c2d2a1f610ae9601ac046a38084ccb7cd721")};
  p.script_exceptions = {
      {block_hash("00000000000002dc756eebf4f49723ed8d30cc28a5f108eb94b1ba88ac4f9c22"), BaseScriptRules::None},
      {block_hash("0000000000000000000f14c35b2d841e986ab5441de8c585d5ffe55ea1e395ad"),
       BaseScriptRules::P2shAndWitness}};
  p.minimum_chain_work = number("0000000000000000000000000000000000000001128750f82f4c366153a3a030");
  p.assume_valid = block_hash("00000000000000000000ccebd6d74d9194d8dcdc1d177c478e094bfad51ba5ac");
  p.snapshots = {snapshot(840'000, "0000000000000000000320283a032748cef8227873ff4872689bf23f1cda83a5",
                          "a2a5521b1b5ab65f67818e5e8eccabb7171a517f9e2382208f77687310768f96", 991'032'194),
                 snapshot(880'000, "000000000000000000010b17283c3c400507969a9c2afd1dcf2082ec5cca2880",
                          "dbd190983eaf433ef7c15f78a278ae42c00ef52e0fd2a54953782175fbadcea9", 1'145'604'538),
                 snapshot(910'000, "0000000000000000000108970acb9522ffd516eae17acddcb1bd16469194a821",
                          "4daf8a17b4902498c5787966a2b51c613acdab5df5db73f196fa59a4da2f1568", 1'226'586'151),
                 snapshot(935'000, "0000000000000000000147034958af1652b2b91bba607beacc5e72a56f0fb5ee",
                          "e4b90ef9eae834f56c4b64d2d50143cee10ad87994c614d7d04125e2a6025050", 1'305'397'408)};
  p.transaction_data = {1'772'055'173, 1'315'805'869, 5.40111006496122};
  p.genesis = make_genesis({1'231'006'505, 2'083'236'893, 0x1d00ffff});
  p.magic = {0xf9, 0xbe, 0xb4, 0xd9};
  p.p2p_port = 8333;
  p.rpc_port = 8332;
  p.bech32_prefix = "bc";
  p.pubkey_address_prefix = 0;
  p.script_address_prefix = 5;
  p.secret_key_prefix = 128;
  p.ext_public_prefix = {0x04, 0x88, 0xb2, 0x1e};
  p.ext_secret_prefix = {0x04, 0x88, 0xad, 0xe4};
  p.dns_seeds = {"dnsseed.bluematt.me.",
                 "seed.bitcoin.jonasschnelli.ch.",
                 "seed.btc.petertodd.net.",
                 "seed.bitcoin.sprovoost.nl.",
                 "dnsseed.emzy.de.",
                 "seed.bitcoin.wiz.biz.",
                 "seed.mainnet.achownodes.xyz."};
  p.assumed_blocks_gb = 856;
  p.assumed_chainstate_gb = 14;
  return p;
}

NetworkParams make_testnet3() {
  NetworkParams p;
  p.network = Network::Testnet3;
  set_test_prefixes(p);
  p.pow_limit = number("00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
  p.allows_min_difficulty_blocks = true;
  p.buried_heights = {21'111, 330'776, 581'885, 770'112, 834'624};
  p.bip34_block = block_hash("0000000023b3a96d3484e5abb3755c413e7d41500f8e2a5c3f0dd01299cd8ef8");
  p.script_exceptions = {
      {block_hash("00000000dd30457c001f4095d208cc1296b0eed002427aa599874af7a432b105"), BaseScriptRules::None}};
  p.minimum_chain_work = number("0000000000000000000000000000000000000000000017dde1c649f3708d14b6");
  p.assume_valid = block_hash("000000007a61e4230b28ac5cb6b5e5a0130de37ac1faf2f8987d2fa6505b67f4");
  p.snapshots = {snapshot(2'500'000, "0000000000000093bcb68c03a9a168ae252572d348a2eaeba2cdf9231d73206f",
                          "f841584909f68e47897952345234e37fcd9128cd818f41ee6c3ca68db8071be7", 66'484'552),
                 snapshot(4'840'000, "00000000000000f4971a7fb37fbdff89315b69a2e1920c467654a382f0d64786",
                          "ce6bb677bb2ee9789c4a1c9d73e6683c53fc20e8fdbedbdaaf468982a0c8db2a", 536'078'574)};
  p.transaction_data = {1'772'051'651, 536'108'416, 0.02691479016257117};
  p.genesis = make_genesis({1'296'688'602, 414'098'458, 0x1d00ffff});
  p.magic = {0x0b, 0x11, 0x09, 0x07};
  p.p2p_port = 18333;
  p.rpc_port = 18332;
  p.data_subdirectory = "testnet3";
  p.dns_seeds = {"testnet-seed.bitcoin.jonasschnelli.ch.", "seed.tbtc.petertodd.net.", "testnet-seed.bluematt.me.",
                 "seed.testnet.achownodes.xyz."};
  p.assumed_blocks_gb = 245;
  p.assumed_chainstate_gb = 19;
  return p;
}

NetworkParams make_testnet4() {
  NetworkParams p;
  p.network = Network::Testnet4;
  set_test_prefixes(p);
  p.pow_limit = number("00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
  p.allows_min_difficulty_blocks = true;
  p.enforces_bip94 = true;
  p.minimum_chain_work = number("0000000000000000000000000000000000000000000009a0fe15d0177d086304");
  p.assume_valid = block_hash("0000000002368b1e4ee27e2e85676ae6f9f9e69579b29093e9a82c170bf7cf8a");
  p.snapshots = {snapshot(90'000, "0000000002ebe8bcda020e0dd6ccfbdfac531d2f6a81457191b99fc2df2dbe3b",
                          "784fb5e98241de66fdd429f4392155c9e7db5c017148e66e8fdbc95746f8b9b5", 11'347'043),
                 snapshot(120'000, "000000000bd2317e51b3c5794981c35ba894ce27d3e772d5c39ecd9cbce01dc8",
                          "10b05d05ad468d0971162e1b222a4aa66caca89da2bb2a93f8f37fb29c4794b0", 14'141'057)};
  p.transaction_data = {1'772'013'387, 14'191'421, 0.01848579579528412};
  p.genesis = make_testnet4_genesis({1'714'777'860, 393'743'547, 0x1d00ffff});
  p.magic = {0x1c, 0x16, 0x3f, 0x28};
  p.p2p_port = 48333;
  p.rpc_port = 48332;
  p.data_subdirectory = "testnet4";
  p.dns_seeds = {"seed.testnet4.bitcoin.sprovoost.nl.", "seed.testnet4.wiz.biz."};
  p.assumed_blocks_gb = 31;
  p.assumed_chainstate_gb = 2;
  return p;
}

NetworkParams make_signet(const std::optional<Bytes>& custom_challenge) {
  NetworkParams p;
  p.network = Network::Signet;
  set_test_prefixes(p);
  p.pow_limit = number("00000377ae000000000000000000000000000000000000000000000000000000");
  p.signet_challenge = custom_challenge ? *custom_challenge : *from_hex(kSignetChallenge);
  if (!custom_challenge) {
    p.minimum_chain_work = number("00000000000000000000000000000000000000000000000000000b463ea0a4b8");
    p.assume_valid = block_hash("00000008414aab61092ef93f1aacc54cf9e9f16af29ddad493b908a01ff5c329");
    p.transaction_data = {1'772'055'248, 28'676'833, 0.06736623436338929};
    p.dns_seeds = {"seed.signet.bitcoin.sprovoost.nl.", "seed.signet.achownodes.xyz."};
    p.assumed_blocks_gb = 24;
    p.assumed_chainstate_gb = 4;
  }
  p.snapshots = {snapshot(160'000, "0000003ca3c99aff040f2563c2ad8f8ec88bd0fd6b8f0895cfaf1ef90353a62c",
                          "fe0a44309b74d6b5883d246cb419c6221bcccf0b308c9b59b7d70783dbdf928a", 2'289'496),
                 snapshot(290'000, "0000000577f2741bb30cd9d39d6d71b023afbeb9764f6260786a97969d5c9ac0",
                          "97267e000b4b876800167e71b9123f1529d13b14308abec2888bbd2160d14545", 28'547'497)};
  p.genesis = make_genesis({1'598'918'400, 52'613'770, 0x1e0377ae});
  // BIP325: the magic is the start of the double hash of the challenge as a serialized script.
  Bytes serialized;
  append_var_bytes(serialized, *p.signet_challenge);
  const crypto::Hash32 hash = crypto::sha256d(serialized);
  std::copy_n(hash.begin(), 4, p.magic.begin());
  p.p2p_port = 38333;
  p.rpc_port = 38332;
  p.data_subdirectory = "signet";
  return p;
}

NetworkParams make_regtest(bool enforce_bip94, bool fast_prune) {
  NetworkParams p;
  p.network = Network::Regtest;
  set_test_prefixes(p);
  p.bech32_prefix = "bcrt";
  p.pow_limit = number("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
  p.target_timespan_seconds = 24 * 60 * 60;
  p.allows_min_difficulty_blocks = true;
  p.no_retargeting = true;
  p.enforces_bip94 = enforce_bip94;
  p.subsidy_halving_interval = 150;
  p.buried_heights = {1, 1, 1, 1, 0};
  p.deployments = {{"testdummy", 28, 0, VersionBits::kNoTimeout, 0, 108, 144}};
  p.snapshots = {snapshot(110, "6affe030b7965ab538f820a56ef56c8149b7dc1d1c144af57113be080db7c397",
                          "b952555c8ab81fec46f3d4253b7af256d766ceb39fb7752b9d18cdf4a0141327", 111),
                 snapshot(200, "385901ccbd69dff6bbd00065d01fb8a9e464dede7cfe0372443884f9b1dcf6b9",
                          "17dcc016d188d16068907cdeb38b75691a118d43053b8cd6a25969419381d13a", 201),
                 snapshot(299, "7cc695046fec709f8c9394b6f928f81e81fd3ac20977bb68760fa1faa7916ea2",
                          "d2b051ff5e8eef46520350776f4100dd710a63447a8e01d917e92e79751a63e2", 334)};
  p.transaction_data = {0, 0, 0.001};
  p.genesis = make_genesis({1'296'688'602, 2, 0x207fffff});
  p.magic = {0xfa, 0xbf, 0xb5, 0xda};
  p.p2p_port = 18444;
  p.rpc_port = 18443;
  p.data_subdirectory = "regtest";
  p.dns_seeds = {"dummySeed.invalid."};
  p.prune_after_height = fast_prune ? 100 : 1000;
  return p;
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Fault config_fault(std::string message) {
  return {FaultKind::Config, std::move(message)};
}

Result<Unit, Fault> apply_activation_height(NetworkParams& p, const std::string& choice) {
  // bitcoind's names: "dersig" and "cltv" for what the RPC calls bip66 and bip65.
  constexpr std::array<std::string_view, 5> kNames{"bip34", "dersig", "cltv", "csv", "segwit"};
  const std::size_t at = choice.find('@');
  const auto name = std::find(kNames.begin(), kNames.end(), choice.substr(0, at));
  const auto height = at == std::string::npos ? std::nullopt : parse_number<Height>(choice.substr(at + 1));
  if (at == std::string::npos) {
    return Err{config_fault("Invalid format (" + choice + ") for -testactivationheight=name@height.")};
  }
  if (!height || *height < 0) {
    return Err{config_fault("Invalid height value (" + choice + ") for -testactivationheight=name@height.")};
  }
  if (choice.starts_with("bip54@")) {
    p.bip54_height = *height;
    return Unit{};
  }
  if (name == kNames.end()) {
    return Err{config_fault("Invalid name (" + choice + ") for -testactivationheight=name@height.")};
  }
  p.buried_heights[static_cast<std::size_t>(name - kNames.begin())] = *height;
  return Unit{};
}

std::vector<std::string> split_at_colons(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

Result<Unit, Fault> apply_version_bits(NetworkParams& p, const std::string& choice) {
  const std::vector<std::string> parts = split_at_colons(choice);
  if (parts.size() < 3 || parts.size() > 4) {
    return Err{
        config_fault("Version bits parameters malformed, expecting deployment:start:end[:min_activation_height]")};
  }
  const auto start = parse_number<std::int64_t>(parts[1]);
  const auto timeout = parse_number<std::int64_t>(parts[2]);
  const auto min_height = parts.size() == 4 ? parse_number<Height>(parts[3]) : Height{0};
  if (!start) return Err{config_fault("Invalid nStartTime (" + parts[1] + ")")};
  if (!timeout) return Err{config_fault("Invalid nTimeout (" + parts[2] + ")")};
  if (!min_height) return Err{config_fault("Invalid min_activation_height (" + parts[3] + ")")};
  for (VersionBits& deployment : p.deployments) {
    if (deployment.name != parts[0]) continue;
    deployment.start_time = *start;
    deployment.timeout = *timeout;
    deployment.min_activation_height = *min_height;
    return Unit{};
  }
  return Err{config_fault("Invalid deployment (" + parts[0] + ")")};
}

// "height:block:hash:transactions".
Result<Unit, Fault> add_snapshot(NetworkParams& p, const std::string& choice) {
  std::vector<std::string> parts = split_at_colons(choice);
  parts.resize(std::max<std::size_t>(parts.size(), 4));
  const auto height = parse_number<Height>(parts[0]);
  const auto block = BlockHash::from_string(parts[1]);
  const auto hash = decltype(SnapshotFact::hash_serialized)::from_string(parts[2]);
  const auto transactions = parse_number<std::uint64_t>(parts[3]);
  if (parts.size() != 4 || !height || *height <= 0 || !block || !hash || !transactions || *transactions == 0) {
    return Err{config_fault("Invalid format (" + choice + ") for -testassumeutxo=height:blockhash:hash:transactions.")};
  }
  p.snapshots.push_back({*height, *block, *hash, *transactions});
  return Unit{};
}

}  // namespace

std::string_view name_of(Network network) {
  for (const auto& [candidate, name] : kNetworkNames) {
    if (candidate == network) return name;
  }
  return {};
}

std::optional<Network> network_from_name(std::string_view name) {
  for (const auto& [network, candidate] : kNetworkNames) {
    if (candidate == name) return network;
  }
  return std::nullopt;
}

std::string_view name_of(Buried deployment) {
  return kBuriedNames[static_cast<std::size_t>(deployment)];
}

Result<NetworkParams, Fault> make_network(const NetworkChoice& choice) {
  switch (choice.network) {
    case Network::Main:
      return make_main();
    case Network::Testnet3:
      return make_testnet3();
    case Network::Testnet4:
      return make_testnet4();
    case Network::Signet:
      return make_signet(choice.signet_challenge);
    case Network::Regtest:
      break;
  }
  NetworkParams regtest = make_regtest(choice.enforce_bip94, choice.fast_prune);
  for (const std::string& height : choice.activation_heights) {
    KP_TRY_VOID(apply_activation_height(regtest, height));
  }
  for (const std::string& bits : choice.version_bits) KP_TRY_VOID(apply_version_bits(regtest, bits));
  for (const std::string& fact : choice.snapshots) KP_TRY_VOID(add_snapshot(regtest, fact));
  return regtest;
}

}  // namespace kepeng::params
