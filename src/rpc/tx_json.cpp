// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/tx_json.h>

#include <kepeng/base/assert.h>
#include <kepeng/descriptor/descriptor.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/script_text.h>

namespace kepeng::rpc {
namespace {

void write_coinbase_input(json::Writer& out, const TxIn& input) {
  out.field_hex("coinbase", input.script_sig);
}

void write_spending_input(json::Writer& out, const TxIn& input) {
  out.key("txid"), out.hex_reversed(input.prevout.txid.view());
  out.field("vout", input.prevout.index);
  out.key("scriptSig");
  out.begin_object();
  out.field("asm", script::to_asm(input.script_sig, script::SighashSuffix::Decode));
  out.field_hex("hex", input.script_sig);
  out.end_object();
}

void write_prevout(json::Writer& out, const storage::Coin& coin, const params::NetworkParams& network) {
  out.key("prevout");
  out.begin_object();
  out.field("generated", coin.is_coinbase);
  out.field("height", coin.height);
  out.field_amount("value", coin.value.sats);
  out.key("scriptPubKey");
  out.begin_object();
  write_script_members(out, coin.script_pubkey, network, HexMember::Write);
  out.end_object();
  out.end_object();
}

void write_input(json::Writer& out, const TransactionJson& what, std::size_t index) {
  const TxIn& input = what.tx.inputs[index];
  out.begin_object();
  if (what.tx.is_coinbase()) {
    write_coinbase_input(out, input);
  } else {
    write_spending_input(out, input);
  }
  if (!input.witness.empty()) {
    out.key("txinwitness");
    out.begin_array();
    for (const ByteView item : input.witness) out.hex(item);
    out.end_array();
  }
  if (what.spent != nullptr && what.prevouts == PrevoutMembers::Write) {
    write_prevout(out, what.spent->spent[index], what.network);
  }
  out.field("sequence", input.sequence);
  out.end_object();
}

void write_output(json::Writer& out, const TransactionJson& what, std::size_t index) {
  const TxOut& output = what.tx.outputs[index];
  out.begin_object();
  out.field_amount("value", output.value.sats);
  out.field("n", index);
  out.key("scriptPubKey");
  out.begin_object();
  write_script_members(out, output.script_pubkey, what.network, HexMember::Write);
  out.end_object();
  out.end_object();
}

std::int64_t fee_of(const Transaction& tx, const storage::TxUndo& undo) {
  std::int64_t fee = 0;
  for (const storage::Coin& coin : undo.spent) fee += coin.value.sats;
  for (const TxOut& output : tx.outputs) fee -= output.value.sats;
  return fee;
}

}  // namespace

void write_script_members(json::Writer& out, ByteView script_pubkey, const params::NetworkParams& network,
                          HexMember hex) {
  const descriptor::OutputNames names = descriptor::name_output(script_pubkey, network);
  out.field("asm", script::to_asm(script_pubkey));
  out.field("desc", names.descriptor);
  if (hex == HexMember::Write) out.field_hex("hex", script_pubkey);
  if (names.address) out.field("address", *names.address);
  out.field("type", script::name_of(script::output_type(script_pubkey)));
}

void write_transaction_members(json::Writer& out, const TransactionJson& what) {
  const Transaction& tx = what.tx;
  KP_ASSERT(what.spent == nullptr || what.spent->spent.size() == tx.inputs.size());
  out.key("txid"), out.hex_reversed(tx.txid.view());
  out.key("hash"), out.hex_reversed(tx.wtxid.view());
  out.field("version", tx.version);
  out.field("size", tx.total_size());
  out.field("vsize", tx.virtual_size());
  out.field("weight", tx.weight());
  out.field("locktime", tx.lock_time);
  out.key("vin");
  out.begin_array();
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) write_input(out, what, i);
  out.end_array();
  out.key("vout");
  out.begin_array();
  for (std::size_t i = 0; i < tx.outputs.size(); ++i) write_output(out, what, i);
  out.end_array();
  if (what.spent != nullptr) out.field_amount("fee", fee_of(tx, *what.spent));
  if (what.hex == HexMember::Write) out.field_hex("hex", tx.raw);
}

}  // namespace kepeng::rpc
