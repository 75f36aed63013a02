// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Ledger: all valid blocks of a simulation, and what the coins must be after each of them, worked out from the blocks
// alone. The engines are compared with it and, by the MuHash of their coins, with each other.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include <kepeng/chain/entry.h>
#include <kepeng/coins/coin_walk.h>
#include <kepeng/gossip/compact_blocks.h>
#include <kepeng/params/network.h>

#include "support/chain_builder.h"

namespace kepeng::simulation {

class Ledger {
 public:
  // Begins with genesis and a chain of old blocks, the same for all seeds.
  explicit Ledger(const params::NetworkParams& network);

  const params::NetworkParams& network() const { return network_; }
  const std::vector<BlockPtr>& old_blocks() const { return old_; }  // without genesis

  enum class Flaw { None, TooGreedy, SpentTooEarly, BadSignature };
  struct Place {
    const chain::Entry* parent;
    UnixTime time;  // or later, if the rules want it so
  };
  // The next block, with a few transactions; without a flaw it is added.
  BlockPtr make_block(const Place& place, Flaw flaw, Prng& chance);

  bool contains(const BlockHash& hash) const { return blocks_.contains(hash); }
  template <class F>
  void for_each(F&& visit) const {
    for (const auto& [hash, block] : blocks_) visit(hash);
  }
  const std::deque<TxPtr>& transactions() const { return transactions_; }  // the latest

  // What is wrong with these coins of that block's chain, if anything is.
  std::optional<std::string> compare(const chain::Entry& tip, const coins::CoinTotals& found);

 private:
  struct Expected {
    std::uint64_t coins = 0;
    Amount amount;
    Amount schedule;
  };
  void add(const BlockPtr& block);
  Expected expect(const chain::Entry& tip) const;
  std::vector<MutableTransaction> make_transactions(const chain::Entry& coin_of, Amount& fees, Flaw flaw,
                                                    Prng& chance) const;

  const params::NetworkParams& network_;
  test::ChainBuilder builder_;
  std::vector<BlockPtr> old_;
  std::unordered_map<BlockHash, BlockPtr, BlockHashHasher> blocks_;
  std::deque<TxPtr> transactions_;
  std::unordered_map<BlockHash, crypto::Hash32, BlockHashHasher> coin_hashes_;
  std::uint64_t made_ = 0;
};

}  // namespace kepeng::simulation
