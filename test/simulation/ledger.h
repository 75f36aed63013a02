// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Ledger: all valid blocks of a simulation, and what the coins must be after each of them, worked out from the blocks
// alone. The engines are compared with it and, by the MuHash of their coins, with each other.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include <kepeng/base/random.h>
#include <kepeng/chain/entry.h>
#include <kepeng/coins/coin_walk.h>
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
  struct Picked {
    TxPtr tx;
    Amount fee;
  };
  // The next block, with a transaction or two of the finder's and what was picked from a mempool (nobody before what it
  // spends), as far as these do not contradict each other; without a flaw it is added.
  BlockPtr make_block(const Place& place, std::span<const Picked> picked, Flaw flaw, Prng& chance);

  // What a block of this chain, not far from the tip, has made; it may be spent by now.
  std::vector<test::OwnedCoin> some_coins(const chain::Entry& tip, Prng& chance) const;
  test::OwnedCoin coin(const Transaction& tx, std::uint32_t index) const { return builder_.coin(tx, index); }
  // Signed, with a few outputs; nothing if the coins do not hold that much.
  TxPtr make_payment(const std::vector<test::OwnedCoin>& coins, Amount fee, Prng& chance) const;

  bool contains(const BlockHash& hash) const { return blocks_.contains(hash); }
  template <class F>
  void for_each(F&& visit) const {
    for (const auto& [hash, block] : blocks_) visit(hash);
  }

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
  bool spends_coinbase_of(std::span<const Picked> picked, const chain::Entry& block) const;
  static void add_picked(std::span<const Picked> picked, std::vector<MutableTransaction>& to, Amount& fees);
  std::vector<MutableTransaction> make_transactions(const chain::Entry& coin_of, Amount& fees, Flaw flaw,
                                                    Prng& chance) const;

  const params::NetworkParams& network_;
  test::ChainBuilder builder_;
  std::vector<BlockPtr> old_;
  std::unordered_map<BlockHash, BlockPtr, BlockHashHasher> blocks_;
  std::unordered_map<BlockHash, crypto::Hash32, BlockHashHasher> coin_hashes_;
  std::uint64_t made_ = 0;
};

}  // namespace kepeng::simulation
