// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// THE rules: what makes a header, a transaction and a block valid, each as a row of a table.
//
// A row is an id, one MUST sentence, its source, and the pure function that judges. The functions of a table run from
// top to bottom and the first verdict stands: the order is part of the interface, because peers and miners match the
// reject reason. doc/consensus.md is generated from these tables. Pure; thread-safe.
#pragma once

#include <span>
#include <string_view>

#include <kepeng/consensus/ancestry.h>
#include <kepeng/consensus/errors.h>
#include <kepeng/consensus/stages.h>
#include <kepeng/params/network.h>

namespace kepeng::consensus {

// --- headers ---------------------------------------------------------------------------------------------------------

struct HeaderContext {
  const BlockHeader& header;
  const BlockHash& hash;
  const Ancestry& parent;  // the line that ends in the header's parent
  UnixTime now;            // our clock
  const params::NetworkParams& network;

  Height height() const { return parent.height() + 1; }
};

struct HeaderRule {
  std::string_view id;
  std::string_view must;
  std::string_view source;
  Result<Unit, BlockRejection> (*judge)(const HeaderContext&);
};
std::span<const HeaderRule> header_rules();

// Proof of work by itself, without knowing the parent.
Result<Unit, BlockRejection> check_proof_of_work(const BlockHash& hash, CompactTarget target,
                                                 const params::NetworkParams& network);
// Everything that depends on the parent.
Result<Unit, BlockRejection> check_header(const HeaderContext& context);

// --- transactions ----------------------------------------------------------------------------------------------------

struct TransactionRule {
  std::string_view id;
  std::string_view must;
  std::string_view source;
  Result<Unit, TxError> (*judge)(const Transaction&);
};
std::span<const TransactionRule> transaction_rules();

// What holds for a transaction by itself.
Result<Unit, TxError> check_transaction(const Transaction& tx);

// --- blocks ----------------------------------------------------------------------------------------------------------

struct BlockRule {
  std::string_view id;
  std::string_view must;
  std::string_view source;
  Result<Unit, BlockRejection> (*judge)(const Block&, const params::NetworkParams&);
};
std::span<const BlockRule> block_rules();

// What holds for a block by itself: proof of work, merkle root, size, coinbase, transactions, signature operations.
Result<CheckedBlock, BlockRejection> check_block(BlockPtr block, const params::NetworkParams& network);
// The same of a block that nobody has worked on yet: neither proof of work nor signet's solution is looked for. Never
// to be stored or passed on.
Result<CheckedBlock, BlockRejection> check_proposal(BlockPtr block, const params::NetworkParams& network);

struct PlaceContext {
  const Ancestry& parent;
  const params::NetworkParams& network;

  Height height() const { return parent.height() + 1; }
};

struct PlaceRule {
  std::string_view id;
  std::string_view must;
  std::string_view source;
  Result<Unit, BlockRejection> (*judge)(const Block&, const PlaceContext&);
};
std::span<const PlaceRule> place_rules();

// What holds for a block at its place in the chain: finality, height in the coinbase, witness commitment, weight.
Result<Unit, BlockRejection> check_place(const CheckedBlock& block, const PlaceContext& context);

// --- spending --------------------------------------------------------------------------------------------------------

enum class Bip54 : std::uint8_t { Inactive, Active };

struct SpendContext {
  const Transaction& tx;
  std::span<const Coin> coins;  // one per input
  Height height;
  Bip54 bip54 = Bip54::Inactive;
};

struct SpendRule {
  std::string_view id;
  std::string_view must;
  std::string_view source;
  Result<Unit, TxError> (*judge)(const SpendContext&);
};
std::span<const SpendRule> spend_rules();

// Maturity, amounts and, from BIP54 on, signature operations of one transaction that is no coinbase; its fee.
Result<Amount, TxError> check_spend(const SpendContext& context);

// Must the block at `height` on this line be checked for outputs that exist unspent already (BIP30)?
bool needs_bip30_check(const BlockHash& block, const Ancestry& parent, const params::NetworkParams& network);

// Rules about a whole block that its coins decide, fed transaction by transaction in block order; the coins come as
// plain values. Keeps running sums of fees and signature operations.
class Resolver {
 public:
  // `parent` lives as long as the resolver.
  Resolver(const CheckedBlock& block, const Ancestry& parent, const params::NetworkParams& network);

  // Transaction `index` (the coinbase included, without coins).
  Result<Unit, BlockRejection> add(std::uint32_t index, std::span<const Coin> coins);
  // After the last transaction.
  Result<Unit, BlockRejection> finish() const;

  Amount fees() const { return fees_; }
  std::uint64_t sigops_cost() const { return sigops_cost_; }
  script::Flags flags() const { return flags_; }
  Height height() const { return height_; }

 private:
  const CheckedBlock& block_;
  const Ancestry& parent_;
  const params::NetworkParams& network_;
  Height height_;
  script::Flags flags_;
  UnixTime parent_median_time_;
  bool checks_sequence_locks_;
  Bip54 bip54_;
  Amount fees_{};
  std::uint64_t sigops_cost_ = 0;
};

// Signature operations of a transaction, weighted as the block limit counts them (BIP141).
std::uint64_t transaction_sigops_cost(const Transaction& tx, std::span<const Coin> coins, script::Flags flags,
                                      std::uint32_t legacy_sigops);
std::uint32_t legacy_sigops(const Transaction& tx);
// As BIP54 counts them: what the scriptSigs, the scripts spent and the redeem scripts may execute.
std::uint64_t executable_legacy_sigops(const Transaction& tx, std::span<const Coin> coins);
Bip54 bip54_at(const params::NetworkParams& network, Height height);

}  // namespace kepeng::consensus
