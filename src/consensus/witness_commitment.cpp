// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/consensus/witness_commitment.h>

#include <algorithm>
#include <array>

#include <kepeng/consensus/merkle.h>
#include <kepeng/crypto/sha256.h>

namespace kepeng::consensus {
namespace {

constexpr std::array<std::uint8_t, 6> kCommitmentStart{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};
constexpr std::size_t kReservedValueSize = 32;

}  // namespace

std::optional<std::size_t> witness_commitment_output(const Transaction& coinbase) {
  for (std::size_t i = coinbase.outputs.size(); i-- > 0;) {
    const ByteView script = coinbase.outputs[i].script_pubkey;
    if (script.size() >= kCommitmentScriptMin &&
        std::equal(kCommitmentStart.begin(), kCommitmentStart.end(), script.begin())) {
      return i;
    }
  }
  return std::nullopt;
}

crypto::Hash32 witness_commitment(const crypto::Hash32& witness_root, ByteView reserved_value) {
  return crypto::Sha256{}.write(witness_root).write(reserved_value).finalize_double();
}

Result<Unit, BlockError> check_witness_commitment(const Block& block, Segwit segwit) {
  const Transaction& coinbase = block.transactions()[0];
  const auto output = segwit == Segwit::Active ? witness_commitment_output(coinbase) : std::nullopt;
  if (output) {
    const auto witness = coinbase.inputs[0].witness;
    if (witness.size() != 1 || witness[0].size() != kReservedValueSize) return Err{BlockError::WitnessNonceSize};
    const crypto::Hash32 expected = witness_commitment(witness_merkle_root(block).root, witness[0]);
    const ByteView stated = coinbase.outputs[*output].script_pubkey.subspan(kCommitmentStart.size(), 32);
    if (!equal(expected, stated)) return Err{BlockError::WitnessMerkle};
    return Unit{};
  }
  const auto transactions = block.transactions();
  if (std::any_of(transactions.begin(), transactions.end(), [](const Transaction& tx) { return tx.has_witness(); })) {
    return Err{BlockError::UnexpectedWitness};
  }
  return Unit{};
}

}  // namespace kepeng::consensus
