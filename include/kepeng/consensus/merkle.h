// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Merkle trees over double SHA-256, with Bitcoin's doubling of the odd tail. Pure functions.
#pragma once

#include <span>
#include <vector>

#include <kepeng/crypto/hash_types.h>
#include <kepeng/primitives/block.h>

namespace kepeng::consensus {

struct MerkleResult {
  crypto::Hash32 root{};
  // Two equal neighbours at some level: another list of leaves has the same root (CVE-2012-2459, C-100).
  bool is_mutated = false;
};

// Zero for no leaves. Consumes its argument as working memory.
MerkleResult merkle_root(std::vector<crypto::Hash32> leaves);

MerkleResult transaction_merkle_root(const Block& block);
// Leaves are wtxids, the coinbase's being zero (BIP141).
MerkleResult witness_merkle_root(const Block& block);

// The siblings on the way from a leaf to the root, lowest level first.
std::vector<crypto::Hash32> merkle_branch(std::vector<crypto::Hash32> leaves, std::size_t position);

}  // namespace kepeng::consensus
