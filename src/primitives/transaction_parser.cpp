// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "transaction_parser.h"

#include <new>
#include <type_traits>

#include <kepeng/crypto/sha256.h>

namespace kepeng {
namespace {

// The arena is freed as plain bytes, and its arrays follow one another without gaps.
static_assert(std::is_trivially_destructible_v<Transaction> && std::is_trivially_destructible_v<TxIn> &&
              std::is_trivially_destructible_v<TxOut> && std::is_trivially_destructible_v<ByteView>);
static_assert(alignof(Transaction) == alignof(ByteView) && alignof(TxIn) == alignof(ByteView) &&
              alignof(TxOut) == alignof(ByteView));

constexpr std::uint8_t kWitnessFlag = 1;

void measure_inputs(Cursor& cursor, std::uint64_t count, ArenaCounts& counts) {
  for (std::uint64_t i = 0; i < count && cursor.ok(); ++i) {
    cursor.skip(36);
    cursor.skip(cursor.read_size());
    cursor.skip(4);
    ++counts.inputs;
  }
}

void measure_outputs(Cursor& cursor, ArenaCounts& counts) {
  const std::uint64_t count = cursor.read_size();
  for (std::uint64_t i = 0; i < count && cursor.ok(); ++i) {
    cursor.skip(8);
    cursor.skip(cursor.read_size());
    ++counts.outputs;
  }
}

void measure_witness(Cursor& cursor, std::uint64_t input_count, ArenaCounts& counts) {
  bool any = false;
  for (std::uint64_t i = 0; i < input_count && cursor.ok(); ++i) {
    const std::uint64_t items = cursor.read_size();
    any = any || items != 0;
    for (std::uint64_t k = 0; k < items && cursor.ok(); ++k) {
      cursor.skip(cursor.read_size());
      ++counts.witness_items;
    }
  }
  if (!any) cursor.fail(DecodeError::SuperfluousWitness);
}

}  // namespace

void measure_transaction(Cursor& cursor, WitnessForm form, ArenaCounts& counts) {
  cursor.skip(4);
  std::uint64_t input_count = cursor.read_size();
  std::uint8_t flags = 0;
  bool has_outputs = true;
  if (input_count == 0 && form == WitnessForm::Allowed) {
    // BIP144: an empty input list is the marker, and the flag follows. Flag zero is a transaction of nothing at all.
    flags = cursor.read_le<std::uint8_t>();
    has_outputs = flags != 0;
    if (has_outputs) input_count = cursor.read_size();
  }
  measure_inputs(cursor, input_count, counts);
  if (has_outputs) measure_outputs(cursor, counts);
  if (flags & kWitnessFlag) measure_witness(cursor, input_count, counts);
  if ((flags & ~kWitnessFlag) != 0) cursor.fail(DecodeError::UnknownOptionalData);
  cursor.skip(4);
  ++counts.transactions;
}

TransactionBuilder::TransactionBuilder(std::byte* arena, const ArenaCounts& counts) {
  transactions_ = reinterpret_cast<Transaction*>(arena);
  inputs_ = reinterpret_cast<TxIn*>(arena + counts.transactions * sizeof(Transaction));
  outputs_ = reinterpret_cast<TxOut*>(reinterpret_cast<std::byte*>(inputs_) + counts.inputs * sizeof(TxIn));
  witness_items_ = reinterpret_cast<ByteView*>(reinterpret_cast<std::byte*>(outputs_) + counts.outputs * sizeof(TxOut));
}

void TransactionBuilder::build(Cursor& cursor, ByteView whole, WitnessForm form) {
  Transaction& tx = *new (&transactions_[built_++]) Transaction{};
  const std::size_t begin = cursor.position();
  tx.version = cursor.read_le<std::uint32_t>();
  std::uint64_t input_count = cursor.read_size();
  bool witness_form = false;
  bool has_outputs = true;
  if (input_count == 0 && form == WitnessForm::Allowed) {
    witness_form = cursor.read_le<std::uint8_t>() != 0;
    has_outputs = witness_form;
    if (has_outputs) input_count = cursor.read_size();
  }
  build_inputs(cursor, tx, input_count);
  if (has_outputs) build_outputs(cursor, tx);
  std::size_t witness_size = 0;
  if (witness_form) {
    const std::size_t witness_begin = cursor.position();
    build_witness(cursor, tx);
    witness_size = cursor.position() - witness_begin + 2;  // marker and flag
  }
  tx.lock_time = cursor.read_le<std::uint32_t>();
  tx.raw = whole.subspan(begin, cursor.position() - begin);
  tx.stripped_size = static_cast<std::uint32_t>(tx.raw.size() - witness_size);
}

void TransactionBuilder::build_inputs(Cursor& cursor, Transaction& tx, std::uint64_t count) {
  const TxIn* first = &inputs_[next_input_];
  for (std::uint64_t i = 0; i < count; ++i) {
    TxIn& input = *new (&inputs_[next_input_++]) TxIn{};
    const ByteView outpoint = cursor.read_bytes(36);
    input.prevout.txid = Txid::from_bytes(outpoint.data());
    input.prevout.index = load_le<std::uint32_t>(outpoint.data() + 32);
    input.script_sig = cursor.read_var_bytes();
    input.sequence = cursor.read_le<std::uint32_t>();
  }
  tx.inputs = {first, static_cast<std::size_t>(count)};
}

void TransactionBuilder::build_outputs(Cursor& cursor, Transaction& tx) {
  const TxOut* first = &outputs_[next_output_];
  const std::uint64_t count = cursor.read_size();
  for (std::uint64_t i = 0; i < count; ++i) {
    TxOut& output = *new (&outputs_[next_output_++]) TxOut{};
    output.value = {cursor.read_le<std::int64_t>()};
    output.script_pubkey = cursor.read_var_bytes();
  }
  tx.outputs = {first, static_cast<std::size_t>(count)};
}

void TransactionBuilder::build_witness(Cursor& cursor, Transaction& tx) {
  TxIn* first = &inputs_[next_input_ - tx.inputs.size()];
  for (std::size_t i = 0; i < tx.inputs.size(); ++i) {
    const std::uint64_t items = cursor.read_size();
    const ByteView* first_item = &witness_items_[next_witness_item_];
    for (std::uint64_t k = 0; k < items; ++k) {
      new (&witness_items_[next_witness_item_++]) ByteView{cursor.read_var_bytes()};
    }
    first[i].witness = {first_item, static_cast<std::size_t>(items)};
  }
}

void TransactionBuilder::hash_all() {
  std::vector<crypto::SegmentedMessage> messages;
  messages.reserve(2 * built_);
  for (const Transaction& tx : transactions()) {
    if (!tx.has_witness()) {
      messages.push_back({tx.raw, {}, {}});
      continue;
    }
    // version | inputs and outputs, between the flag and the witness | lock time
    messages.push_back({tx.raw.first(4), tx.raw.subspan(6, tx.stripped_size - 8), tx.raw.last(4)});
    messages.push_back({tx.raw, {}, {}});
  }
  std::vector<crypto::Hash32> hashes(messages.size());
  crypto::sha256d_batch(messages, hashes.data());
  std::size_t next = 0;
  for (Transaction& tx : transactions()) {
    tx.txid.bytes = hashes[next++];
    tx.wtxid.bytes = tx.has_witness() ? hashes[next++] : tx.txid.bytes;
  }
}

}  // namespace kepeng
