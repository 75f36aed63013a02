// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>

#include <kepeng/consensus/merkle.h>
#include <kepeng/consensus/witness_commitment.h>
#include <kepeng/script/builder.h>
#include <kepeng/script/interpreter.h>
#include <kepeng/script/script_reader.h>

namespace kepeng::consensus {
namespace {

constexpr std::array<std::uint8_t, 4> kSignetHeader{0xec, 0xc7, 0xda, 0xa2};
constexpr script::Flags kSignetFlags{script::Flag::P2sh, script::Flag::Witness, script::Flag::DerSig,
                                     script::Flag::NullDummy};

struct CutSolution {
  Bytes script;    // the commitment script without the solution, its header kept
  Bytes solution;  // empty if there was none
};

// Takes the solution out of the first push that begins with the signet header. Everything is written again with the
// shortest push opcodes, as the rule demands; a script in which nothing was found stays as it is.
CutSolution cut_solution(ByteView script) {
  CutSolution cut;
  script::ScriptBuilder rebuilt;
  bool found = false;
  script::ScriptReader reader{script};
  while (const auto step = reader.next()) {
    if (step->data.empty()) {
      rebuilt.op(step->op);
    } else if (!found && step->data.size() > kSignetHeader.size() &&
               std::equal(kSignetHeader.begin(), kSignetHeader.end(), step->data.begin())) {
      const ByteView solution = step->data.subspan(kSignetHeader.size());
      cut.solution.assign(solution.begin(), solution.end());
      rebuilt.push(kSignetHeader);
      found = true;
    } else {
      rebuilt.push(step->data);
    }
  }
  cut.script = found ? rebuilt.take() : Bytes(script.begin(), script.end());
  return cut;
}

// scriptSig and witness stack, and nothing left over. No solution at all stands for an empty one.
bool parse_solution(ByteView solution, MutableTxIn& input) {
  if (solution.empty()) return true;
  Cursor cursor{solution};
  const ByteView script_sig = cursor.read_var_bytes();
  input.script_sig.assign(script_sig.begin(), script_sig.end());
  const std::uint64_t items = cursor.read_size();
  for (std::uint64_t i = 0; i < items && cursor.ok(); ++i) {
    const ByteView item = cursor.read_var_bytes();
    input.witness.emplace_back(item.begin(), item.end());
  }
  return cursor.ok() && cursor.remaining() == 0;
}

crypto::Hash32 modified_merkle_root(const Block& block, const MutableTransaction& coinbase) {
  std::vector<crypto::Hash32> leaves{coinbase.freeze()->txid.bytes};
  for (const Transaction& tx : block.transactions().subspan(1)) leaves.push_back(tx.txid.bytes);
  return merkle_root(std::move(leaves)).root;
}

}  // namespace

std::optional<SignetTransactions> signet_transactions(const Block& block, ByteView challenge) {
  if (block.transactions().empty()) return std::nullopt;
  const auto output = witness_commitment_output(block.transactions()[0]);
  if (!output) return std::nullopt;

  MutableTransaction coinbase{block.transactions()[0]};
  CutSolution cut = cut_solution(coinbase.outputs[*output].script_pubkey);
  coinbase.outputs[*output].script_pubkey = std::move(cut.script);

  MutableTransaction to_sign;
  to_sign.version = 0;
  MutableTxIn& signing = to_sign.inputs.emplace_back();
  signing.sequence = 0;
  if (!parse_solution(cut.solution, signing)) return std::nullopt;
  to_sign.outputs.push_back({{}, Bytes{0x6a}});

  Bytes signed_data;
  append_le(signed_data, block.header().version);
  append(signed_data, block.header().previous.view());
  append(signed_data, modified_merkle_root(block, coinbase));
  append_le(signed_data, block.header().time);

  MutableTransaction to_spend;
  to_spend.version = 0;
  MutableTxIn& funding = to_spend.inputs.emplace_back();
  funding.prevout.index = 0xffffffff;
  funding.sequence = 0;
  funding.script_sig = script::ScriptBuilder{}.push_number(0).push(signed_data).take();
  to_spend.outputs.push_back({{}, Bytes(challenge.begin(), challenge.end())});

  SignetTransactions transactions;
  transactions.to_spend = to_spend.freeze();
  signing.prevout = {transactions.to_spend->txid, 0};
  transactions.to_sign = to_sign.freeze();
  return transactions;
}

bool check_signet_solution(const Block& block, ByteView challenge) {
  const auto transactions = signet_transactions(block, challenge);
  if (!transactions) return false;
  script::Interpreter interpreter;
  const TxOut spent = transactions->to_spend->outputs[0];
  return interpreter.verify_input({.tx = *transactions->to_sign, .input = 0, .spent = {&spent, 1}}, kSignetFlags).ok();
}

}  // namespace kepeng::consensus
