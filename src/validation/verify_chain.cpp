// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/validation/verify_chain.h>

#include <algorithm>
#include <map>

#include <kepeng/consensus/deployments.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/script/interpreter.h>
#include <kepeng/script/output_template.h>

namespace kepeng::validation {
namespace {

// Coins that differ from the database while blocks are taken back; some 200 bytes each.
constexpr std::size_t kChangedCoinsMax = 2'000'000;

using Finding = std::optional<std::string>;

std::string at(const chain::Entry& entry, const std::string& what) {
  return "Block " + entry.hash.to_string() + " at height " + std::to_string(entry.height) + ": " + what;
}

// The coins of the tip with the last blocks taken back, on top of the database as it was at one moment.
class CoinsBefore {
 public:
  explicit CoinsBefore(CoinSnapshot snapshot) : snapshot_{std::move(snapshot)} {}

  const chain::Entry* tip() const { return snapshot_.at; }
  bool is_full() const { return changed_.size() > kChangedCoinsMax; }

  Result<std::optional<storage::Coin>, Fault> find(const OutPoint& outpoint) {
    if (const auto found = changed_.find(outpoint); found != changed_.end()) return found->second;
    const storage::CoinKey key{outpoint};
    snapshot_.coins->seek(key.view());
    if (!snapshot_.coins->valid() || !equal(snapshot_.coins->key(), key.view())) {
      KP_TRY_VOID(snapshot_.coins->check());
      return std::optional<storage::Coin>{};
    }
    auto coin = storage::decode_coin(snapshot_.coins->value());
    if (!coin)
      return Err{Fault{FaultKind::Corruption, "A coin of transaction " + outpoint.txid.to_string() +
                                                  " is damaged. Restart with -reindex-chainstate."}};
    return std::optional{std::move(coin).value()};
  }
  void set(const OutPoint& outpoint, std::optional<storage::Coin> coin) {
    changed_.insert_or_assign(outpoint, std::move(coin));
  }

 private:
  CoinSnapshot snapshot_;
  std::map<OutPoint, std::optional<storage::Coin>> changed_;
};

struct Loaded {
  const chain::Entry* entry;
  BlockPtr block;
  storage::BlockUndo undo;
};

// The outputs of the transaction must be there as they were made, and then never were.
Result<Finding, Fault> take_back_outputs(CoinsBefore& coins, const chain::Entry& entry, const Transaction& tx) {
  for (std::uint32_t n = 0; n < tx.outputs.size(); ++n) {
    const TxOut& output = tx.outputs[n];
    if (script::is_unspendable(output.script_pubkey)) continue;
    const OutPoint outpoint{tx.txid, n};
    KP_TRY(const auto coin, coins.find(outpoint));
    const storage::Coin made{output.value, Bytes(output.script_pubkey.begin(), output.script_pubkey.end()),
                             entry.height, tx.is_coinbase()};
    if (!coin || *coin != made) {
      return Finding{at(entry, "output " + std::to_string(n) + " of transaction " + tx.txid.to_string() +
                                   (coin ? " differs from its coin." : " has no coin."))};
    }
    coins.set(outpoint, std::nullopt);
  }
  return Finding{};
}

Result<Finding, Fault> take_back_inputs(CoinsBefore& coins, const chain::Entry& entry, const Transaction& tx,
                                        const storage::TxUndo& undo) {
  for (std::size_t n = 0; n < tx.inputs.size(); ++n) {
    KP_TRY(const auto coin, coins.find(tx.inputs[n].prevout));
    if (coin) return Finding{at(entry, "transaction " + tx.txid.to_string() + " spent a coin that is still there.")};
    coins.set(tx.inputs[n].prevout, undo.spent[n]);
  }
  return Finding{};
}

Result<Finding, Fault> take_back(CoinsBefore& coins, const Loaded& loaded) {
  const auto transactions = loaded.block->transactions();
  for (std::size_t i = transactions.size(); i-- > 0;) {
    KP_TRY(Finding outputs, take_back_outputs(coins, *loaded.entry, transactions[i]));
    if (outputs || i == 0) return outputs;
    KP_TRY(Finding inputs, take_back_inputs(coins, *loaded.entry, transactions[i], loaded.undo.transactions[i - 1]));
    if (inputs) return inputs;
  }
  return Finding{};
}

Finding check_undo_shape(const Loaded& loaded) {
  const auto transactions = loaded.block->transactions();
  bool fits = loaded.undo.transactions.size() + 1 == transactions.size();
  for (std::size_t i = 1; fits && i < transactions.size(); ++i) {
    fits = loaded.undo.transactions[i - 1].spent.size() == transactions[i].inputs.size();
  }
  return fits ? Finding{} : Finding{at(*loaded.entry, "the undo data belongs to another block.")};
}

// Amounts, maturity, signature operations and scripts, with the coins of the undo data.
Finding judge_again(const Loaded& loaded, const consensus::CheckedBlock& checked,
                    const params::NetworkParams& network) {
  const chain::Entry& entry = *loaded.entry;
  const chain::EntryAncestry parent{entry.parent};
  if (const auto placed = consensus::check_place(checked, {parent, network}); !placed) {
    return at(entry, placed.error().reason() + ".");
  }
  consensus::Resolver resolver{checked, parent, network};
  script::Interpreter interpreter;
  const auto transactions = loaded.block->transactions();
  for (std::uint32_t i = 0; i < transactions.size(); ++i) {
    std::vector<consensus::Coin> coins;
    std::vector<TxOut> spent;
    if (i != 0) {
      for (const storage::Coin& coin : loaded.undo.transactions[i - 1].spent) {
        spent.push_back({coin.value, coin.script_pubkey});
        coins.push_back({spent.back(), coin.height, coin.is_coinbase});
      }
    }
    if (const auto verdict = resolver.add(i, coins); !verdict) return at(entry, verdict.error().reason() + ".");
    for (std::uint32_t input = 0; i != 0 && input < transactions[i].inputs.size(); ++input) {
      const auto verdict = interpreter.verify_input({.tx = transactions[i], .input = input, .spent = spent},
                                                    consensus::script_flags(network, entry.height, entry.hash));
      if (verdict) continue;
      const auto rejection = consensus::BlockRejection::of_script(verdict.error(), i, input);
      return at(entry, rejection.reason() + ".");
    }
  }
  const auto finished = resolver.finish();
  return finished ? Finding{} : Finding{at(entry, finished.error().reason() + ".")};
}

// Walks back from the tip, each block through all its levels.
class Verification {
 public:
  Verification(Engine& engine, const VerifyRequest& request) : engine_{engine}, request_{request} {}

  Result<VerifyReport, Fault> run() {
    const chain::Entry* tip = engine_.view()->tip();
    if (request_.level >= 3) {
      KP_TRY(CoinSnapshot snapshot, engine_.coin_snapshot());
      tip = snapshot.at;
      coins_.emplace(std::move(snapshot));
    }
    const Height depth = request_.blocks <= 0 ? tip->height : std::min(request_.blocks, tip->height);
    for (const chain::Entry* entry = tip; report_.blocks_checked < depth; entry = entry->parent) {
      if (request_.go_on && !request_.go_on()) {
        report_.is_interrupted = true;
        break;
      }
      // Pruned, or never judged: nothing below is here either.
      if (!entry->has_data || entry == engine_.snapshot_base()) {
        report_.is_partial = true;
        break;
      }
      KP_TRY(report_.finding, check(entry));
      if (report_.finding) break;
      ++report_.blocks_checked;
      if (request_.progress) request_.progress(static_cast<double>(report_.blocks_checked) / depth);
    }
    return report_;
  }

 private:
  Result<Finding, Fault> check(const chain::Entry* entry) {
    Loaded loaded{entry, {}, {}};
    KP_TRY(loaded.block, engine_.read_block(entry));
    if (request_.level < 1) return Finding{};
    const auto checked = consensus::check_block(loaded.block, engine_.network());
    if (!checked) return Finding{at(*entry, checked.error().reason() + ".")};
    if (request_.level < 2) return Finding{};
    KP_TRY(loaded.undo, engine_.read_undo(entry));
    if (Finding shape = check_undo_shape(loaded)) return shape;
    if (request_.level < 3) return Finding{};
    if (coins_ && coins_->is_full()) {
      coins_.reset();
      report_.is_partial = true;
    }
    if (coins_) {
      KP_TRY(Finding coins, take_back(*coins_, loaded));
      if (coins) return coins;
    }
    return request_.level < 4 ? Finding{} : judge_again(loaded, *checked, engine_.network());
  }

  Engine& engine_;
  const VerifyRequest& request_;
  std::optional<CoinsBefore> coins_;
  VerifyReport report_;
};

}  // namespace

Result<VerifyReport, Fault> verify_chain(Engine& engine, const VerifyRequest& request) {
  return Verification{engine, request}.run();
}

}  // namespace kepeng::validation
