// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/merkle.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/consensus/witness_commitment.h>

namespace kepeng::consensus {
namespace {

using BlockVerdict = Result<Unit, BlockRejection>;

BlockVerdict proof_of_work(const Block& block, const params::NetworkParams& network) {
  return check_proof_of_work(block.hash(), block.header().target, network);
}

BlockVerdict signet_solution(const Block& block, const params::NetworkParams& network) {
  if (!network.signet_challenge || block.hash() == network.genesis->hash()) return Unit{};
  if (!check_signet_solution(block, *network.signet_challenge)) {
    return Err{BlockRejection{BlockError::SignetSolution}};
  }
  return Unit{};
}

BlockVerdict merkle_root_matches(const Block& block, const params::NetworkParams&) {
  const MerkleResult merkle = transaction_merkle_root(block);
  if (merkle.root != block.header().merkle_root.bytes) return Err{BlockRejection{BlockError::MerkleRoot}};
  if (merkle.is_mutated) return Err{BlockRejection{BlockError::DuplicateTransactions}};
  return Unit{};
}

BlockVerdict size_in_range(const Block& block, const params::NetworkParams&) {
  const std::uint64_t count = block.transactions().size();
  if (count == 0 || count * kWitnessScale > kMaxBlockWeight ||
      block.stripped_size() * kWitnessScale > kMaxBlockWeight) {
    return Err{BlockRejection{BlockError::Length}};
  }
  return Unit{};
}

BlockVerdict coinbase_is_first(const Block& block, const params::NetworkParams&) {
  const auto transactions = block.transactions();
  if (!transactions.front().is_coinbase()) {
    // 64 bytes may be two hashes: an inner node of the tree of a block that has the same header (CVE-2017-12842).
    const bool ambiguous = std::any_of(transactions.begin(), transactions.end(),
                                       [](const Transaction& tx) { return tx.stripped_size == kInnerNodeSize; });
    return Err{BlockRejection{ambiguous ? BlockError::CoinbaseMissingAmbiguous : BlockError::CoinbaseMissing}};
  }
  const bool another =
      std::any_of(transactions.begin() + 1, transactions.end(), [](const Transaction& tx) { return tx.is_coinbase(); });
  if (another) return Err{BlockRejection{BlockError::CoinbaseMultiple}};
  return Unit{};
}

BlockVerdict transactions_hold(const Block& block, const params::NetworkParams&) {
  std::uint32_t index = 0;
  for (const Transaction& tx : block.transactions()) {
    const auto verdict = check_transaction(tx);
    if (!verdict) return Err{BlockRejection::of_transaction(verdict.error(), index)};
    ++index;
  }
  return Unit{};
}

constexpr std::size_t kSolutionRules = 2;
constexpr std::array kBlockRules{
    // What is found last, when the rest of the block is made.
    BlockRule{"proof-of-work", "The hash, as a little-endian number, MUST NOT be above the stated target.", "protocol",
              proof_of_work},
    BlockRule{"signet-solution", "On signet, the coinbase MUST carry a solution of the challenge.", "BIP325",
              signet_solution},
    // From here on (kSolutionRules), what a proposal is judged by as well.
    BlockRule{"merkle-root-matches",
              "The header MUST commit to the transactions, and no other list may have the same root.", "CVE-2012-2459",
              merkle_root_matches},
    BlockRule{"size-in-range", "Transactions, and four times their count and size without witness, MUST fit a block.",
              "BIP141", size_in_range},
    BlockRule{"coinbase-is-first", "The first transaction MUST be a coinbase and no other.", "protocol",
              coinbase_is_first},
    BlockRule{"transactions-hold", "Every transaction MUST hold by itself.", "protocol", transactions_hold},
};

// The last rule, apart because what it counts is needed again when the coins are known.
Result<std::vector<std::uint32_t>, BlockRejection> sigops_in_range(const Block& block) {
  std::vector<std::uint32_t> sigops;
  sigops.reserve(block.transactions().size());
  std::uint64_t total = 0;
  for (const Transaction& tx : block.transactions()) {
    sigops.push_back(legacy_sigops(tx));
    total += sigops.back();
  }
  if (total * kWitnessScale > kMaxBlockSigopsCost) return Err{BlockRejection{BlockError::Sigops}};
  return sigops;
}

}  // namespace

std::span<const BlockRule> block_rules() {
  return kBlockRules;
}

Result<CheckedBlock, BlockRejection> check_block(BlockPtr block, const params::NetworkParams& network) {
  for (const BlockRule& rule : kBlockRules) KP_TRY_VOID(rule.judge(*block, network));
  KP_TRY(auto sigops, sigops_in_range(*block));
  return CheckedBlock{std::move(block), std::move(sigops)};
}

Result<CheckedBlock, BlockRejection> check_proposal(BlockPtr block, const params::NetworkParams& network) {
  for (const BlockRule& rule : block_rules().subspan(kSolutionRules)) KP_TRY_VOID(rule.judge(*block, network));
  KP_TRY(auto sigops, sigops_in_range(*block));
  return CheckedBlock{std::move(block), std::move(sigops)};
}

}  // namespace kepeng::consensus
