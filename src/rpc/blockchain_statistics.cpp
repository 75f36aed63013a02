// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// getblockstats: figures about one block, in satoshi and bytes.

#include <algorithm>
#include <array>
#include <set>

#include <kepeng/consensus/deployments.h>
#include <kepeng/rpc/block_json.h>
#include <kepeng/rpc/families.h>
#include <kepeng/script/output_template.h>

#include "blockchain_arguments.h"

namespace kepeng::rpc {
namespace {

// What an unspent output takes beyond its value and script: outpoint, and height with the coinbase bit.
constexpr std::int64_t kOutputOverheadBytes = 32 + 4 + 4;
constexpr std::int64_t kWitnessScale = 4;

using Percentiles = std::array<std::int64_t, 5>;  // 10th, 25th, 50th, 75th, 90th

// Smallest, largest, sum and middle of the values that came by.
struct Series {
  std::vector<std::int64_t> values;
  std::int64_t total = 0;

  void add(std::int64_t value) {
    values.push_back(value);
    total += value;
  }
  std::int64_t least() const { return values.empty() ? 0 : *std::min_element(values.begin(), values.end()); }
  std::int64_t most() const { return values.empty() ? 0 : *std::max_element(values.begin(), values.end()); }
  std::int64_t average() const { return values.empty() ? 0 : total / static_cast<std::int64_t>(values.size()); }
  std::int64_t median() const {
    if (values.empty()) return 0;
    std::vector<std::int64_t> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
};

struct Statistics {
  Series fees;
  Series fee_rates;
  Series sizes;
  Series weights;
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::int64_t outputs_kept = 0;  // that became coins
  std::int64_t value_out = 0;     // without the coinbase
  std::int64_t size_change = 0;   // of the set of unspent outputs, if all were kept
  std::int64_t size_change_kept = 0;
  std::int64_t witness_transactions = 0;
  std::int64_t witness_size = 0;
  std::int64_t witness_weight = 0;
};

std::int64_t output_bytes(std::size_t script_size) {
  return static_cast<std::int64_t>(8 + compact_size_length(script_size) + script_size) + kOutputOverheadBytes;
}

// `keeps_coins` is false where outputs never became coins (genesis, and coinbases that repeat an older one).
std::int64_t add_outputs(Statistics& s, const Transaction& tx, bool keeps_coins) {
  std::int64_t value = 0;
  s.outputs += static_cast<std::int64_t>(tx.outputs.size());
  for (const TxOut& output : tx.outputs) {
    const std::int64_t bytes = output_bytes(output.script_pubkey.size());
    value += output.value.sats;
    s.size_change += bytes;
    if (!keeps_coins || script::is_unspendable(output.script_pubkey)) continue;
    ++s.outputs_kept;
    s.size_change_kept += bytes;
  }
  return value;
}

void add_spender(Statistics& s, const Transaction& tx, const storage::TxUndo& undo, std::int64_t value_out) {
  const auto weight = static_cast<std::int64_t>(tx.weight());
  const auto size = static_cast<std::int64_t>(tx.total_size());
  std::int64_t value_in = 0;
  for (const storage::Coin& coin : undo.spent) {
    value_in += coin.value.sats;
    const std::int64_t bytes = output_bytes(coin.script_pubkey.size());
    s.size_change -= bytes;
    s.size_change_kept -= bytes;
  }
  s.inputs += static_cast<std::int64_t>(tx.inputs.size());
  s.value_out += value_out;
  s.fees.add(value_in - value_out);
  s.fee_rates.add((value_in - value_out) * kWitnessScale / weight);
  s.sizes.add(size);
  s.weights.add(weight);
  if (!tx.has_witness()) return;
  ++s.witness_transactions;
  s.witness_size += size;
  s.witness_weight += weight;
}

Statistics gather(const Block& block, const storage::BlockUndo& undo, const chain::Entry* entry,
                  const params::NetworkParams& network) {
  Statistics s;
  const auto& repeats = network.bip30_exceptions;
  const bool repeats_coinbase = std::find(repeats.begin(), repeats.end(), entry->hash) != repeats.end();
  const auto transactions = block.transactions();
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    const bool keeps_coins = entry->height != 0 && !(i == 0 && repeats_coinbase);
    const std::int64_t value_out = add_outputs(s, transactions[i], keeps_coins);
    if (i > 0) add_spender(s, transactions[i], undo.transactions[i - 1], value_out);
  }
  return s;
}

// Fee rates at which a share of the block's weight paid less.
Percentiles percentiles(const Statistics& s) {
  std::vector<std::pair<std::int64_t, std::int64_t>> rates;  // with weights
  for (std::size_t i = 0; i < s.weights.values.size(); ++i) {
    rates.emplace_back(s.fee_rates.values[i], s.weights.values[i]);
  }
  std::sort(rates.begin(), rates.end());
  const auto total = static_cast<double>(s.weights.total);
  const std::array<double, 5> limits{total / 10.0, total / 4.0, total / 2.0, total * 3.0 / 4.0, total * 9.0 / 10.0};
  Percentiles result{};
  std::size_t next = 0;
  std::int64_t weight = 0;
  for (const auto& [rate, own_weight] : rates) {
    weight += own_weight;
    while (next < limits.size() && static_cast<double>(weight) >= limits[next]) result[next++] = rate;
  }
  for (; next < limits.size() && !rates.empty(); ++next) result[next] = rates.back().first;
  return result;
}

struct Subject {
  const Statistics& s;
  const Block& block;
  const chain::Entry* entry;
  const params::NetworkParams& network;
};

// One statistic: its name and how it is written.
struct Figure {
  std::string_view name;
  void (*write)(const Subject&, json::Writer&);
};

void write_percentiles(const Subject& subject, json::Writer& out) {
  out.begin_array();
  for (const std::int64_t rate : percentiles(subject.s)) out.int64(rate);
  out.end_array();
}

std::int64_t average_fee_rate(const Statistics& s) {
  return s.weights.total == 0 ? 0 : s.fees.total * kWitnessScale / s.weights.total;
}

constexpr std::array kFigures{
    Figure{"avgfee", [](const Subject& b, json::Writer& out) { out.int64(b.s.fees.average()); }},
    Figure{"avgfeerate", [](const Subject& b, json::Writer& out) { out.int64(average_fee_rate(b.s)); }},
    Figure{"avgtxsize", [](const Subject& b, json::Writer& out) { out.int64(b.s.sizes.average()); }},
    Figure{"blockhash", [](const Subject& b, json::Writer& out) { out.hex_reversed(b.entry->hash.view()); }},
    Figure{"feerate_percentiles", write_percentiles},
    Figure{"height", [](const Subject& b, json::Writer& out) { out.int64(b.entry->height); }},
    Figure{"ins", [](const Subject& b, json::Writer& out) { out.int64(b.s.inputs); }},
    Figure{"maxfee", [](const Subject& b, json::Writer& out) { out.int64(b.s.fees.most()); }},
    Figure{"maxfeerate", [](const Subject& b, json::Writer& out) { out.int64(b.s.fee_rates.most()); }},
    Figure{"maxtxsize", [](const Subject& b, json::Writer& out) { out.int64(b.s.sizes.most()); }},
    Figure{"medianfee", [](const Subject& b, json::Writer& out) { out.int64(b.s.fees.median()); }},
    Figure{"mediantime", [](const Subject& b, json::Writer& out) { out.int64(b.entry->median_time_past().seconds); }},
    Figure{"mediantxsize", [](const Subject& b, json::Writer& out) { out.int64(b.s.sizes.median()); }},
    Figure{"minfee", [](const Subject& b, json::Writer& out) { out.int64(b.s.fees.least()); }},
    Figure{"minfeerate", [](const Subject& b, json::Writer& out) { out.int64(b.s.fee_rates.least()); }},
    Figure{"mintxsize", [](const Subject& b, json::Writer& out) { out.int64(b.s.sizes.least()); }},
    Figure{"outs", [](const Subject& b, json::Writer& out) { out.int64(b.s.outputs); }},
    Figure{"subsidy", [](const Subject& b,
                         json::Writer& out) { out.int64(consensus::block_subsidy(b.entry->height, b.network).sats); }},
    Figure{"swtotal_size", [](const Subject& b, json::Writer& out) { out.int64(b.s.witness_size); }},
    Figure{"swtotal_weight", [](const Subject& b, json::Writer& out) { out.int64(b.s.witness_weight); }},
    Figure{"swtxs", [](const Subject& b, json::Writer& out) { out.int64(b.s.witness_transactions); }},
    Figure{"time", [](const Subject& b, json::Writer& out) { out.int64(b.entry->header.time); }},
    Figure{"total_out", [](const Subject& b, json::Writer& out) { out.int64(b.s.value_out); }},
    Figure{"total_size", [](const Subject& b, json::Writer& out) { out.int64(b.s.sizes.total); }},
    Figure{"total_weight", [](const Subject& b, json::Writer& out) { out.int64(b.s.weights.total); }},
    Figure{"totalfee", [](const Subject& b, json::Writer& out) { out.int64(b.s.fees.total); }},
    Figure{"txs", [](const Subject& b, json::Writer& out) { out.uint64(b.block.transactions().size()); }},
    Figure{"utxo_increase", [](const Subject& b, json::Writer& out) { out.int64(b.s.outputs - b.s.inputs); }},
    Figure{"utxo_size_inc", [](const Subject& b, json::Writer& out) { out.int64(b.s.size_change); }},
    Figure{"utxo_increase_actual",
           [](const Subject& b, json::Writer& out) { out.int64(b.s.outputs_kept - b.s.inputs); }},
    Figure{"utxo_size_inc_actual", [](const Subject& b, json::Writer& out) { out.int64(b.s.size_change_kept); }}};

// Names the caller chose; empty for all.
Result<std::set<std::string_view>, RpcError> chosen_figures(const Arguments& arguments) {
  std::set<std::string_view> chosen;
  const json::Value* list = arguments.find(1);
  if (list == nullptr) return chosen;
  for (const json::Value& item : list->items()) {
    KP_TRY(const std::string_view name, text_of(item));
    const auto known = std::find_if(kFigures.begin(), kFigures.end(), [&](const Figure& f) { return f.name == name; });
    if (known == kFigures.end()) {
      return fail(Code::InvalidParameter, fmt::format("Invalid selected statistic '{}'", name));
    }
    chosen.insert(known->name);
  }
  return chosen;
}

Answer get_block_stats(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const chain::Entry* entry, entry_by_hash_or_height(context, arguments.at(0)));
  KP_TRY(const auto chosen, chosen_figures(arguments));
  KP_TRY(const BlockPtr block, block_of(context.engine(), entry));
  KP_TRY(const storage::BlockUndo undo, undo_of(context.engine(), entry, *block));
  const Statistics statistics = gather(*block, undo, entry, context.network());
  const Subject subject{statistics, *block, entry, context.network()};
  out.begin_object();
  for (const Figure& figure : kFigures) {
    if (!chosen.empty() && !chosen.contains(figure.name)) continue;
    out.key(figure.name);
    figure.write(subject, out);
  }
  out.end_object();
  return Unit{};
}

constexpr std::array kNames{Parameter{.name = "height", .need = Need::Optional, .description = "A name of a statistic"},
                            Parameter{.name = "time", .need = Need::Optional, .description = "Another one"}};
constexpr std::array kParameters{Parameter{.name = "hash_or_height",
                                           .type = Type::Number,
                                           .description = "The hash of a block, or a height of the active chain",
                                           .checking = Checking::Unchecked},
                                 Parameter{.name = "stats",
                                           .type = Type::Array,
                                           .need = Need::Optional,
                                           .fallback = "all values",
                                           .description = "What to answer",
                                           .inner = kNames}};
constexpr std::array kMethods{
    Method{.name = "getblockstats",
           .category = Category::Blockchain,
           .parameters = kParameters,
           .description = "Figures about one block, in satoshi and bytes. Fees and sizes leave the coinbase out.",
           .result = "{\"avgfee\":n,\"avgfeerate\":n,...}",
           .examples = "getblockstats 1000 '[\"minfeerate\",\"avgfeerate\"]'",
           .handler = get_block_stats}};

}  // namespace

std::span<const Method> block_statistics_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
