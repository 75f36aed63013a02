// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace kepeng::simulation {
namespace {

// As many as it takes for the first coins to be spendable, and some; so far apart that the first are a day old.
constexpr int kOldBlocks = 104;
constexpr std::uint32_t kOldSpacing = 1'200;
constexpr Height kNearTip = 30;
constexpr std::int64_t kLeastOutput = 10'000;

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
}

BlockPtr Ledger::make_block(const Place& place, std::span<const Picked> picked, Flaw flaw, Prng& chance) {
  test::BlockDraft draft;
  const chain::Entry& parent = *place.parent;
  const Height height = parent.height + 1;
  draft.pow_limit = network_.pow_limit;
  draft.header.version = 0x20000000;
  draft.header.previous = parent.hash;
  draft.header.target = parent.header.target;
  const std::int64_t time = std::max(place.time.seconds, parent.median_time_past().seconds + 1);
  draft.header.time = static_cast<std::uint32_t>(time);
  // Every block spends what became spendable just now, in its own branch, unless somebody else does.
  const Height age = flaw == Flaw::SpentTooEarly ? consensus::kCoinbaseMaturity - 1 : consensus::kCoinbaseMaturity;
  const chain::Entry& coin_of = *parent.ancestor(height - age);
  Amount fees;
  std::vector<MutableTransaction> transactions;
  const bool is_generous = chance.below(2) == 0 && spends_coinbase_of(picked, coin_of);
  if (!is_generous) transactions = make_transactions(coin_of, fees, flaw, chance);
  add_picked(picked, transactions, fees);
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

bool Ledger::spends_coinbase_of(std::span<const Picked> picked, const chain::Entry& block) const {
  const OutPoint coinbase{blocks_.at(block.hash)->transactions()[0].txid, 0};
  return std::any_of(picked.begin(), picked.end(), [&](const Picked& one) {
    return std::any_of(one.tx->inputs.begin(), one.tx->inputs.end(),
                       [&](const TxIn& input) { return input.prevout == coinbase; });
  });
}

// Those that spend nothing twice, nor what one that was left out would have made.
void Ledger::add_picked(std::span<const Picked> picked, std::vector<MutableTransaction>& to, Amount& fees) {
  std::set<OutPoint> spent;
  std::set<Txid> left_out;
  for (const MutableTransaction& tx : to) {
    for (const MutableTxIn& input : tx.inputs) spent.insert(input.prevout);
  }
  for (const Picked& one : picked) {
    const auto& inputs = one.tx->inputs;
    const bool is_wrong = std::any_of(inputs.begin(), inputs.end(), [&](const TxIn& input) {
      return spent.contains(input.prevout) || left_out.contains(input.prevout.txid);
    });
    if (is_wrong) {
      left_out.insert(one.tx->txid);
      continue;
    }
    for (const TxIn& input : inputs) spent.insert(input.prevout);
    to.emplace_back(*one.tx);
    fees.sats += one.fee.sats;
  }
}

std::vector<test::OwnedCoin> Ledger::some_coins(const chain::Entry& tip, Prng& chance) const {
  // A coinbase is old when it can be spent first.
  const bool of_coinbase = chance.below(3) == 0;
  const Height newest = of_coinbase ? tip.height + 1 - consensus::kCoinbaseMaturity : tip.height;
  const Height height = newest - static_cast<Height>(chance.below(static_cast<std::uint64_t>(kNearTip)));
  if (height < 1) return {};
  std::vector<test::OwnedCoin> coins;
  const auto transactions = blocks_.at(tip.ancestor(height)->hash)->transactions();
  for (std::size_t i = of_coinbase ? 0 : 1; i < (of_coinbase ? 1 : transactions.size()); ++i) {
    for (std::uint32_t out = 0; out < transactions[i].outputs.size(); ++out) {
      if (!is_unspendable(transactions[i].outputs[out].script_pubkey)) {
        coins.push_back(builder_.coin(transactions[i], out));
      }
    }
  }
  return coins;
}

TxPtr Ledger::make_payment(const std::vector<test::OwnedCoin>& coins, Amount fee, Prng& chance) const {
  const test::TestKey& key = builder_.key();
  std::int64_t rest = -fee.sats;
  for (const test::OwnedCoin& coin : coins) rest += coin.value.sats;
  const auto parts = static_cast<std::int64_t>(1 + chance.below(3));
  if (rest < parts * kLeastOutput) return nullptr;
  std::vector<MutableTxOut> outputs;
  for (std::int64_t i = parts; i != 0; --i) {
    const std::array<Bytes, 3> scripts{key.p2pkh(), key.p2wpkh(), key.p2tr()};
    const std::int64_t value = i == 1 ? rest : rest / i;
    outputs.push_back({{value}, scripts[chance.below(3)]});
    rest -= value;
  }
  return key.spend(coins, std::move(outputs)).freeze();
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
