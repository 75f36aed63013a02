// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/deployments.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/script/interpreter.h>
#include <kepeng/script/output_template.h>

#include "commands.h"
#include "spent_file.h"

namespace kepeng::tools {
namespace {

using consensus::BlockError;
using consensus::BlockRejection;
using consensus::CheckedBlock;

Result<Bytes, std::string> read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  Bytes bytes{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  if (!file.is_open() || file.bad()) return Err{"Cannot read " + path};
  return bytes;
}

// A place of which only the height is known. The rules that look at the headers before it are not asked.
class KnownHeight final : public consensus::Ancestry {
 public:
  explicit KnownHeight(Height block) : parent_{block - 1} {}
  Height height() const override { return parent_; }
  consensus::HeaderFacts at(Height) const override { return {}; }

 private:
  Height parent_;
};

Result<Unit, BlockRejection> check_at_height(const Block& block, Height height, const params::NetworkParams& network) {
  const KnownHeight parent{height};
  for (const consensus::PlaceRule& rule : consensus::place_rules()) {
    // Needs the times of the blocks before.
    if (rule.id == "transactions-are-final") continue;
    KP_TRY_VOID(rule.judge(block, {parent, network}));
  }
  return Unit{};
}

// A block with what is known about the coins it spends.
struct Judged {
  const CheckedBlock& checked;
  std::span<const SpentRecord> records;
  const params::NetworkParams& network;
  std::optional<Height> height;
  script::Flags flags;
};

struct Totals {
  std::size_t verified = 0;
  Amount fees;
  std::uint64_t sigops_cost = 0;
  bool is_complete = true;  // every coin was known
};

Result<Unit, BlockRejection> verify_scripts(const Judged& judged, std::uint32_t index,
                                            std::span<const SpentRecord> records, Totals& totals) {
  const Transaction& tx = judged.checked.block().transactions()[index];
  std::vector<TxOut> spent;
  for (const SpentRecord& record : records) {
    if (record.is_complete()) spent.push_back({*record.value, record.script});
  }
  const bool complete = spent.size() == records.size();
  if (!complete) spent.clear();
  const script::PrecomputedHashes hashes{tx, spent};
  script::Interpreter interpreter;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    const SpentRecord& record = records[i];
    // A taproot signature commits to every coin of its transaction.
    if (!record.has_script() || (!complete && script::is_p2tr(record.script))) continue;
    const auto verdict = interpreter.verify({.tx = tx,
                                             .input = i,
                                             .script_sig = tx.inputs[i].script_sig,
                                             .script_pubkey = record.script,
                                             .witness = tx.inputs[i].witness,
                                             .amount = record.value.value_or(Amount{}),
                                             .spent = spent,
                                             .hashes = &hashes},
                                            judged.flags);
    if (!verdict) return Err{BlockRejection::of_script(verdict.error(), index, i)};
    ++totals.verified;
  }
  return Unit{};
}

// Maturity, amounts and signature operations of a transaction all of whose coins are known.
Result<Unit, BlockRejection> check_coins(const Judged& judged, std::uint32_t index,
                                         std::span<const SpentRecord> records, Totals& totals) {
  const Transaction& tx = judged.checked.block().transactions()[index];
  std::vector<consensus::Coin> coins;
  for (const SpentRecord& record : records) {
    const bool may_be_young = record.is_coinbase && record.height && judged.height;
    coins.push_back({{*record.value, record.script}, may_be_young ? *record.height : 0, may_be_young});
  }
  if (index != 0) {
    const Height height = judged.height.value_or(0);
    const auto fee = consensus::check_spend({tx, coins, height, consensus::bip54_at(judged.network, height)});
    if (!fee) return Err{BlockRejection::of_transaction(fee.error(), index)};
    totals.fees.sats += fee->sats;
    if (!totals.fees.in_money_range()) return Err{BlockRejection{BlockError::AccumulatedFee}};
  }
  totals.sigops_cost +=
      consensus::transaction_sigops_cost(tx, coins, judged.flags, judged.checked.legacy_sigops()[index]);
  if (totals.sigops_cost > consensus::kMaxBlockSigopsCost) return Err{BlockRejection{BlockError::Sigops}};
  return Unit{};
}

Result<Unit, BlockRejection> check_reward(const Judged& judged, const Totals& totals) {
  if (!totals.is_complete || !judged.height) return Unit{};
  Amount claimed;
  for (const TxOut& output : judged.checked.block().transactions()[0].outputs) claimed.sats += output.value.sats;
  const Amount subsidy = consensus::block_subsidy(*judged.height, judged.network);
  if (claimed.sats > subsidy.sats + totals.fees.sats) return Err{BlockRejection{BlockError::CoinbaseAmount}};
  return Unit{};
}

Result<Totals, BlockRejection> check_spends(const Judged& judged) {
  Totals totals;
  std::size_t next = 0;
  const auto transactions = judged.checked.block().transactions();
  for (std::uint32_t i = 0; i < transactions.size(); ++i) {
    const auto records =
        i == 0 ? std::span<const SpentRecord>{} : judged.records.subspan(next, transactions[i].inputs.size());
    next += records.size();
    const bool complete =
        std::all_of(records.begin(), records.end(), [](const SpentRecord& record) { return record.is_complete(); });
    totals.is_complete = totals.is_complete && complete;
    if (complete) KP_TRY_VOID(check_coins(judged, i, records, totals));
    KP_TRY_VOID(verify_scripts(judged, i, records, totals));
  }
  KP_TRY_VOID(check_reward(judged, totals));
  return totals;
}

int refuse(const Streams& streams, const std::string& reason) {
  streams.out << reason << "\n";
  return 1;
}

}  // namespace

Outcome check_block_file(const Request& request, const Streams& streams) {
  if (request.operands.size() != 1) return Err{"Must specify one file with a block"};
  const auto network = params::make_network(request.network);
  if (!network) return Err{network.error().message};
  KP_TRY(const Bytes raw, read_file(request.operands[0]));
  const auto block = parse_block(raw);
  if (!block) return refuse(streams, std::string{"Block decode failed: "} + to_string(block.error()));
  if ((*block)->raw().size() != raw.size()) {
    return refuse(streams, std::string{"Block decode failed: "} + to_string(DecodeError::TrailingBytes));
  }
  const auto checked = consensus::check_block(*block, *network);
  if (!checked) return refuse(streams, checked.error().reason());
  if (request.height) {
    const auto verdict = check_at_height(**block, *request.height, *network);
    if (!verdict) return refuse(streams, verdict.error().reason());
  }
  std::size_t verified = 0;
  if (!request.spent_path.empty()) {
    KP_TRY(const Bytes spent, read_file(request.spent_path));
    KP_TRY(const auto records, read_spent_records(spent, **block));
    // Without a height: the rules that hold at every height, exceptions by hash included.
    const auto flags = consensus::script_flags(*network, request.height.value_or(-1), (*block)->hash());
    const auto totals = check_spends({*checked, records, *network, request.height, flags});
    if (!totals) return refuse(streams, totals.error().reason());
    verified = totals->verified;
  }
  streams.err << "verified " << verified << " of " << (*block)->inputs().size() - 1 << " inputs\n";
  return 0;
}

}  // namespace kepeng::tools
