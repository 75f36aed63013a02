// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Where a coinbase commits to the witnesses of its block (BIP141), and the signet solution beside it (BIP325).
#pragma once

#include <optional>

#include <kepeng/base/result.h>
#include <kepeng/consensus/errors.h>
#include <kepeng/crypto/hash_types.h>
#include <kepeng/primitives/block.h>
#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::consensus {

// `6a 24 aa21a9ed` and 32 bytes of commitment.
inline constexpr std::size_t kCommitmentScriptMin = 38;

// Index of the last output of the coinbase that holds a commitment.
std::optional<std::size_t> witness_commitment_output(const Transaction& coinbase);

// Commitment of the block's witnesses: double SHA-256 of the witness root and the 32-byte reserved value.
crypto::Hash32 witness_commitment(const crypto::Hash32& witness_root, ByteView reserved_value);

// All rules about it for a block in which segwit is active or not.
enum class Segwit { Inactive, Active };
Result<Unit, BlockError> check_witness_commitment(const Block& block, Segwit segwit);

// Signet: the two virtual transactions whose spend is the block's solution. nullopt if the block has no place for one
// or the solution cannot be parsed.
struct SignetTransactions {
  TxPtr to_spend;
  TxPtr to_sign;
};
std::optional<SignetTransactions> signet_transactions(const Block& block, ByteView challenge);
bool check_signet_solution(const Block& block, ByteView challenge);

}  // namespace kepeng::consensus
