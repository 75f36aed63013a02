// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mining/block_assembly.h>

#include <algorithm>
#include <array>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/deployments.h>
#include <kepeng/consensus/difficulty.h>
#include <kepeng/consensus/merkle.h>
#include <kepeng/consensus/witness_commitment.h>
#include <kepeng/script/builder.h>

namespace kepeng::mining {
namespace {

constexpr std::array<std::uint8_t, 6> kCommitmentHead{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};
constexpr std::array<std::uint8_t, 32> kReservedValue{};
constexpr std::uint64_t kTriesBetweenLooks = 1 << 16;

}  // namespace

Bytes commitment_script(std::span<const TxPtr> transactions) {
  std::vector<crypto::Hash32> leaves{crypto::Hash32{}};  // the coinbase's own place
  for (const TxPtr& tx : transactions) leaves.push_back(tx->wtxid.bytes);
  const auto root = consensus::merkle_root(std::move(leaves)).root;
  Bytes script{kCommitmentHead.begin(), kCommitmentHead.end()};
  append(script, consensus::witness_commitment(root, kReservedValue));
  return script;
}

namespace {

TxPtr make_coinbase(const Assembly& assembly, const params::NetworkParams& network) {
  const Height height = assembly.parent->height + 1;
  MutableTransaction coinbase;
  MutableTxIn input;
  input.prevout.index = 0xffffffff;
  // The second push keeps the script above the two bytes that the rules ask for.
  input.script_sig = script::ScriptBuilder{}.push_number(height).op(script::Op::Zero).take();
  input.sequence = 0xfffffffe;
  coinbase.lock_time = static_cast<std::uint32_t>(height - 1);
  const Amount reward{consensus::block_subsidy(height, network).sats + assembly.fees.sats};
  coinbase.outputs.push_back({reward, Bytes(assembly.payout_script.begin(), assembly.payout_script.end())});
  if (network.is_active(params::Buried::Segwit, height)) {
    input.witness.emplace_back(kReservedValue.begin(), kReservedValue.end());
    coinbase.outputs.push_back({Amount{}, commitment_script(assembly.transactions)});
  }
  coinbase.inputs.push_back(std::move(input));
  return coinbase.freeze();
}

}  // namespace

UnixTime earliest_time(const chain::Entry& parent, const params::NetworkParams& network) {
  UnixTime time = parent.median_time_past() + 1;
  // BIP94's rule is kept on every network: it costs nothing.
  const bool starts_period = (parent.height + 1) % network.retarget_interval() == 0;
  if (starts_period) time = std::max(time, parent.header.unix_time() + -consensus::kMaxTimewarpSeconds);
  return time;
}

DraftBlock assemble(const Assembly& assembly, const params::NetworkParams& network) {
  const chain::EntryAncestry parent{assembly.parent};
  DraftBlock draft;
  draft.transactions.push_back(make_coinbase(assembly, network));
  draft.transactions.insert(draft.transactions.end(), assembly.transactions.begin(), assembly.transactions.end());
  std::vector<crypto::Hash32> leaves;
  for (const TxPtr& tx : draft.transactions) leaves.push_back(tx->txid.bytes);
  draft.header.version = assembly.version.value_or(consensus::next_block_version(parent, network));
  draft.header.previous = assembly.parent->hash;
  draft.header.merkle_root.bytes = consensus::merkle_root(std::move(leaves)).root;
  draft.header.time =
      static_cast<std::uint32_t>(std::max(earliest_time(*assembly.parent, network), assembly.now).seconds);
  draft.header.target = consensus::next_target(parent, draft.header.time, network);
  return draft;
}

bool solve(BlockHeader& header, std::uint64_t& tries, const std::function<bool()>& go_on) {
  const Uint256 limit = expand(header.target).value;
  while (tries > 0) {
    if (meets_target(header.hash(), header.target, limit)) return true;
    --tries;
    if (header.nonce == UINT32_MAX || (tries % kTriesBetweenLooks == 0 && !go_on())) return false;
    ++header.nonce;
  }
  return false;
}

}  // namespace kepeng::mining
