// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/consensus/partial_merkle_tree.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/primitives/mutable_transaction.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using consensus::PartialMerkleTree;
using crypto::Hash32;

Bytes encoded(const PartialMerkleTree& tree) {
  Bytes bytes;
  tree.append_to(bytes);
  return bytes;
}

std::vector<Hash32> numbered_txids(std::size_t count) {
  std::vector<Hash32> txids(count);
  for (std::size_t i = 0; i < count; ++i) store_le(txids[i].data(), static_cast<std::uint64_t>(i + 1));
  return txids;
}

Seeds partial_merkle_tree_seeds() {
  Seeds seeds;
  for (const std::size_t count : {std::size_t{1}, std::size_t{7}, std::size_t{20}}) {
    std::vector<bool> wanted(count, false);
    wanted[count / 2] = true;
    seeds.push_back(encoded(PartialMerkleTree::make(numbered_txids(count), wanted)));
  }
  return seeds;
}

// A proof of any transactions of a block proves just these.
void check_proof(Input fields) {
  const std::size_t count = 1 + fields.take() % 40;
  std::vector<bool> wanted;
  std::vector<std::uint32_t> positions;
  for (std::uint32_t i = 0; i < count; ++i) {
    wanted.push_back(fields.flip());
    if (wanted.back()) positions.push_back(i);
  }
  const PartialMerkleTree tree = PartialMerkleTree::make(numbered_txids(count), wanted);
  const Bytes bytes = encoded(tree);
  Cursor cursor{bytes};
  const auto proven = PartialMerkleTree::read(cursor).prove();
  KP_ASSERT(cursor.ok() && cursor.remaining() == 0 && proven && proven->positions == positions);
  KP_ASSERT(proven->root ==
            PartialMerkleTree::make(numbered_txids(count), std::vector<bool>(count, true)).prove()->root);
}

FUZZ_TARGET(partial_merkle_tree, partial_merkle_tree_seeds) {
  check_proof(Input{input});
  Cursor cursor{input};
  const PartialMerkleTree tree = bounded_by(input.size(), 4, [&] { return PartialMerkleTree::read(cursor); });
  if (!cursor.ok()) return;
  KP_ASSERT(equal(encoded(tree), input.first(cursor.position())));
  const auto proven = tree.prove();
  if (!proven) return;
  KP_ASSERT(proven->txids.size() == proven->positions.size() && proven->txids.size() <= input.size() / 32);
  for (const std::uint32_t position : proven->positions) KP_ASSERT(position < tree.transactions());
}

const params::NetworkParams& regtest() {
  static const params::NetworkParams network = *params::make_network({.network = params::Network::Regtest});
  return network;
}

Seeds block_rules_seeds() {
  MutableTransaction coinbase;
  coinbase.inputs.push_back({{Txid{}, 0xffffffff}, {0x51, 0x51}, 0xffffffff, {}});
  coinbase.outputs.push_back({Amount{50'0000'0000}, {0x51}});
  const std::vector<TxPtr> transactions{coinbase.freeze()};
  return {copy_of(regtest().genesis->raw()), serialize_block({}, transactions)};
}

// The structure of a block is judged the same each time, and a block that passes has transactions that pass.
FUZZ_TARGET(block_rules, block_rules_seeds) {
  const auto block = parse_block(copy_of(input));
  if (!block) return;
  const auto checked = consensus::check_block(*block, regtest());
  const auto again = consensus::check_block(*block, regtest());
  KP_ASSERT(checked.ok() == again.ok());
  if (!checked) {
    KP_ASSERT(checked.error().reason() == again.error().reason() && !checked.error().reason().empty());
    return;
  }
  KP_ASSERT(checked->legacy_sigops().size() == (*block)->transactions().size());
  for (const Transaction& tx : (*block)->transactions()) KP_ASSERT(consensus::check_transaction(tx).ok());
}

}  // namespace
}  // namespace kepeng::fuzz
