// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace kepeng::simulation {
namespace {

// As many as it takes for the first coins to be spendable, and some; so far apart that the first are a day old.
constexpr int kOldBlocks = 104;
constexpr std::uint32_t kOldSpacing = 1'200;
constexpr std::size_t kTransactionsKept = 60;

bool is_unspendable(ByteView script) {
  return !script.empty() && script[0] == static_cast<std::uint8_t>(script::Op::Return);
}

// The old blocks cost more to make than most simulations: they are made once.
const std::vector<BlockPtr>& make_old_blocks(const params::NetworkParams& network) {
  static const std::vector<BlockPtr> blocks = [&] {
    test::ChainBuilder builder{network};
    builder.set_spacing(kOldSpacing);
    builder.extend_by(kOldBlocks);
    return std::vector<BlockPtr>{builder.blocks().begin() + 1, builder.blocks().end()};
  }();
  return blocks;
}

}  // namespace

Ledger::Ledger(const params::NetworkParams& network)
    : network_{network}, builder_{network}, old_{make_old_blocks(network)} {
  blocks_[network.genesis->hash()] = network.genesis;
  for (const BlockPtr& block : old_) add(block);
}

void Ledger::add(const BlockPtr& block) {
  blocks_[block->hash()] = block;
  for (std::size_t i = 1; i < block->transactions().size(); ++i) {
    transactions_.push_front(share_transaction(block, i));
    if (transactions_.size() > kTransactionsKept) transactions_.pop_back();
  }
}

BlockPtr Ledger::make_block(const Place& place, Flaw flaw, Prng& chance) {
  test::BlockDraft draft;
  const chain::Entry& parent = *place.parent;
  const Height height = parent.height + 1;
  draft.pow_limit = network_.pow_limit;
  draft.header.version = 0x20000000;
  draft.header.previous = parent.hash;
  draft.header.target = parent.header.target;
  const std::int64_t time = std::max(place.time.seconds, parent.median_time_past().seconds + 1);
  draft.header.time = static_cast<std::uint32_t>(time);
  // Every block spends what became spendable just now, in its own branch.
  const Height age = flaw == Flaw::SpentTooEarly ? consensus::kCoinbaseMaturity - 1 : consensus::kCoinbaseMaturity;
  Amount fees;
  auto transactions = make_transactions(*parent.ancestor(height - age), fees, flaw, chance);
  if (flaw == Flaw::TooGreedy) ++fees.sats;
  draft.transactions.push_back(
      builder_.coinbase(height, {consensus::block_subsidy(height, network_).sats + fees.sats}));
  Bytes number;
  append_le(number, ++made_);
  draft.coinbase().inputs[0].script_sig = script::ScriptBuilder{}.push_number(height).push(number).take();
  for (MutableTransaction& tx : transactions) draft.transactions.push_back(std::move(tx));
  BlockPtr block = draft.finish();
  if (flaw == Flaw::None) add(block);
  return block;
}

std::vector<MutableTransaction> Ledger::make_transactions(const chain::Entry& coin_of, Amount& fees, Flaw flaw,
                                                          Prng& chance) const {
  const test::TestKey& key = builder_.key();
  const test::OwnedCoin old = builder_.coin(blocks_.at(coin_of.hash)->transactions()[0], 0);
  std::vector<MutableTransaction> made;
  const auto fee = static_cast<std::int64_t>(chance.below(10'000));
  fees.sats += fee;
  const std::int64_t part = old.value.sats / 3;
  made.push_back(key.spend({old}, {{{part}, key.p2wpkh()}, {{old.value.sats - part - fee}, key.p2tr()}}));
  if (flaw == Flaw::BadSignature) made[0].inputs[0].script_sig[20] ^= 1;
  if (chance.below(2) == 0) return made;
  const TxPtr first = made[0].freeze();
  fees.sats += 1'000;
  made.push_back(
      key.spend({builder_.coin(*first, 0), builder_.coin(*first, 1)}, {{{old.value.sats - fee - 1'000}, key.p2pkh()}}));
  return made;
}

Ledger::Expected Ledger::expect(const chain::Entry& tip) const {
  std::vector<const chain::Entry*> chain;
  for (const chain::Entry* walk = &tip; walk->parent != nullptr; walk = walk->parent) chain.push_back(walk);
  std::map<OutPoint, std::int64_t> coins;
  Expected expected;
  expected.schedule = consensus::block_subsidy(0, network_);
  std::for_each(chain.rbegin(), chain.rend(), [&](const chain::Entry* entry) {
    expected.schedule.sats += consensus::block_subsidy(entry->height, network_).sats;
    for (const Transaction& tx : blocks_.at(entry->hash)->transactions()) {
      for (const TxIn& input : tx.inputs) coins.erase(input.prevout);
      for (std::uint32_t i = 0; i < tx.outputs.size(); ++i) {
        if (!is_unspendable(tx.outputs[i].script_pubkey)) coins[{tx.txid, i}] = tx.outputs[i].value.sats;
      }
    }
  });
  expected.coins = coins.size();
  for (const auto& [outpoint, value] : coins) expected.amount.sats += value;
  return expected;
}

std::optional<std::string> Ledger::compare(const chain::Entry& tip, const coins::CoinTotals& found) {
  const Expected expected = expect(tip);
  if (found.amount > expected.schedule) return "there is more money than the schedule allows";
  if (found.coins != expected.coins || found.amount != expected.amount) {
    return fmt::format("{} coins of {} in all, {} of {} were expected", found.coins, found.amount.sats, expected.coins,
                       expected.amount.sats);
  }
  const auto [known, is_new] = coin_hashes_.try_emplace(tip.hash, found.hash);
  if (!is_new && known->second != found.hash) return "the same block, and coins of another hash";
  return std::nullopt;
}

}  // namespace kepeng::simulation
