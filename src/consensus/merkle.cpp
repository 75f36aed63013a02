// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/consensus/merkle.h>

#include <kepeng/crypto/sha256.h>

namespace kepeng::consensus {

MerkleResult merkle_root(std::vector<crypto::Hash32> level) {
  MerkleResult result;
  if (level.empty()) return result;
  while (level.size() > 1) {
    // Before the odd tail is doubled: a pair of equals here can be told from the doubling only by this check.
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) {
      if (level[i] == level[i + 1]) result.is_mutated = true;
    }
    if (level.size() % 2 != 0) level.push_back(level.back());
    auto* bytes = level.front().data();
    crypto::sha256d64(bytes, bytes, level.size() / 2);
    level.resize(level.size() / 2);
  }
  result.root = level.front();
  return result;
}

MerkleResult transaction_merkle_root(const Block& block) {
  std::vector<crypto::Hash32> leaves;
  leaves.reserve(block.transactions().size() + 1);
  for (const Transaction& tx : block.transactions()) leaves.push_back(tx.txid.bytes);
  return merkle_root(std::move(leaves));
}

MerkleResult witness_merkle_root(const Block& block) {
  std::vector<crypto::Hash32> leaves;
  leaves.reserve(block.transactions().size() + 1);
  for (const Transaction& tx : block.transactions()) leaves.push_back(tx.wtxid.bytes);
  if (!leaves.empty()) leaves.front() = {};
  return merkle_root(std::move(leaves));
}

std::vector<crypto::Hash32> merkle_branch(std::vector<crypto::Hash32> level, std::size_t position) {
  std::vector<crypto::Hash32> branch;
  while (level.size() > 1) {
    if (level.size() % 2 != 0) level.push_back(level.back());
    branch.push_back(level[position ^ 1]);
    auto* bytes = level.front().data();
    crypto::sha256d64(bytes, bytes, level.size() / 2);
    level.resize(level.size() / 2);
    position /= 2;
  }
  return branch;
}

}  // namespace kepeng::consensus
