// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Proofs that transactions are in a block.

#include <algorithm>
#include <array>
#include <set>

#include <kepeng/consensus/partial_merkle_tree.h>
#include <kepeng/rpc/block_json.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>
#include <kepeng/storage/chainstate_records.h>

#include "blockchain_arguments.h"

namespace kepeng::rpc {
namespace {

using consensus::PartialMerkleTree;

// So many outputs are asked for one by one before all coins are put in order.
constexpr std::uint32_t kOutputsTriedFirst = 64;

Result<std::set<Txid>, RpcError> txids_from(const json::Value& list) {
  std::set<Txid> txids;
  if (list.size() == 0) return fail(Code::InvalidParameter, "Parameter 'txids' cannot be empty");
  for (const json::Value& item : list.items()) {
    KP_TRY(const std::string_view text, text_of(item));
    KP_TRY(const Txid txid, hash_from<Txid>(text, "txid"));
    if (!txids.insert(txid).second) {
      return fail(Code::InvalidParameter, fmt::format("Invalid parameter, duplicated txid: {}", text));
    }
  }
  return txids;
}

// Height of an unspent output of the transaction. An output with a high index may be the only one left, so when the
// first ones are spent the rows of the set itself are looked through.
Result<std::optional<Height>, Fault> height_of_unspent(validation::Engine& engine, const Txid& txid) {
  for (std::uint32_t index = 0; index < kOutputsTriedFirst; ++index) {
    KP_TRY(const auto found, engine.read_coin({txid, index}));
    if (found.coin) return std::optional{found.coin->height};
  }
  KP_TRY(const validation::CoinSnapshot snapshot, engine.coin_snapshot());
  Bytes prefix{storage::kCoinPrefix};
  append(prefix, txid.view());
  snapshot.coins->seek(prefix);
  if (!snapshot.coins->valid()) return std::optional<Height>{};
  const auto outpoint = storage::decode_coin_key(snapshot.coins->key());
  if (!outpoint || outpoint->txid != txid) return std::optional<Height>{};
  const auto coin = storage::decode_coin(snapshot.coins->value());
  return coin ? std::optional{coin->height} : std::nullopt;
}

Result<const chain::Entry*, RpcError> block_of_transactions(const Context& context, const std::set<Txid>& txids) {
  for (const Txid& txid : txids) {
    KP_TRY(const auto height, or_rpc_error(height_of_unspent(context.engine(), txid)));
    if (!height) continue;
    if (const chain::Entry* entry = context.engine().view()->at(*height)) return entry;
  }
  return fail(Code::InvalidAddressOrKey, "Transaction not yet in block");
}

Answer get_tx_out_proof(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const std::set<Txid> txids, txids_from(arguments.at(0)));
  const chain::Entry* entry = nullptr;
  if (arguments.find(1) != nullptr) {
    KP_TRY(entry, entry_from(context, arguments.string(1), "blockhash"));
  } else {
    KP_TRY(entry, block_of_transactions(context, txids));
  }
  KP_TRY(const BlockPtr block, block_of(context.engine(), entry));
  std::vector<crypto::Hash32> leaves;
  std::vector<bool> wanted;
  for (const Transaction& tx : block->transactions()) {
    leaves.push_back(tx.txid.bytes);
    wanted.push_back(txids.contains(tx.txid));
  }
  if (static_cast<std::size_t>(std::count(wanted.begin(), wanted.end(), true)) != txids.size()) {
    return fail(Code::InvalidAddressOrKey, "Not all transactions found in specified or retrieved block");
  }
  const auto header = entry->header.encode();
  Bytes proof(header.begin(), header.end());
  PartialMerkleTree::make(std::move(leaves), wanted).append_to(proof);
  out.hex(proof);
  return Unit{};
}

Answer verify_tx_out_proof(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const Bytes bytes, bytes_from(arguments.string(0), "proof"));
  Cursor cursor{bytes};
  const ByteView header_bytes = cursor.read_bytes(BlockHeader::kSize);
  const PartialMerkleTree tree = PartialMerkleTree::read(cursor);
  if (!cursor.ok()) return fail(Code::Misc, "SpanReader::read(): end of data: iostream error");
  const BlockHeader header = BlockHeader::decode(header_bytes.data());
  const auto proven = tree.prove();
  out.begin_array();
  if (proven && proven->root == header.merkle_root.bytes) {
    const chain::Entry* entry = context.engine().find(header.hash());
    if (!context.engine().view()->contains(entry) || entry->transactions == 0) {
      return fail(Code::InvalidAddressOrKey, "Block not found in chain");
    }
    // A proof with another number of transactions would put inner nodes in the place of transactions (CVE-2017-12842).
    if (tree.transactions() == entry->transactions) {
      for (const crypto::Hash32& txid : proven->txids) out.hex_reversed(txid);
    }
  }
  out.end_array();
  return Unit{};
}

constexpr std::array kTxid{
    Parameter{.name = "txid", .type = Type::Hex, .need = Need::Optional, .description = "A transaction"}};
constexpr std::array kProofParameters{
    Parameter{.name = "txids", .type = Type::Array, .description = "The transactions to prove", .inner = kTxid},
    Parameter{.name = "blockhash",
              .type = Type::Hex,
              .need = Need::Optional,
              .description = "Their block; without it one of them must have an unspent output"}};
constexpr std::array kVerifyParameters{
    Parameter{.name = "proof", .type = Type::Hex, .description = "What gettxoutproof answered"}};
constexpr std::array kMethods{
    Method{.name = "gettxoutproof",
           .category = Category::Blockchain,
           .parameters = kProofParameters,
           .description = "A proof that transactions are in a block.",
           .result = "\"hex\"    (string)",
           .examples = "gettxoutproof '[\"txid\"]' \"blockhash\"",
           .handler = get_tx_out_proof},
    Method{.name = "verifytxoutproof",
           .category = Category::Blockchain,
           .parameters = kVerifyParameters,
           .description = "The transactions that a proof proves to be in the active chain; none if it is no proof.",
           .result = "[\"txid\",...]",
           .examples = "verifytxoutproof \"hex\"",
           .handler = verify_tx_out_proof}};

}  // namespace

std::span<const Method> proof_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
