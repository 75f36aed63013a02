// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// How bytes become transactions, in two walks: `measure` checks the structure and counts, `Builder` fills arrays of
// exactly that size. Shared by blocks and single transactions; private to primitives.
#pragma once

#include <memory>
#include <vector>

#include <kepeng/primitives/transaction.h>

namespace kepeng {

struct ArenaCounts {
  std::size_t transactions = 0;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t witness_items = 0;

  std::size_t bytes() const {
    return transactions * sizeof(Transaction) + inputs * sizeof(TxIn) + outputs * sizeof(TxOut) +
           witness_items * sizeof(ByteView);
  }
};

// Walks over one transaction; a structural error is left in the cursor.
void measure_transaction(Cursor& cursor, WitnessForm form, ArenaCounts& counts);

// Fills an arena of `counts.bytes()` bytes. Feed it the same bytes that were measured.
class TransactionBuilder {
 public:
  TransactionBuilder(std::byte* arena, const ArenaCounts& counts);

  void build(Cursor& cursor, ByteView whole, WitnessForm form);
  // Computes all txids and wtxids together.
  void hash_all();

  std::span<Transaction> transactions() const { return {transactions_, built_}; }
  std::span<const TxIn> inputs() const { return {inputs_, next_input_}; }
  std::span<const TxOut> outputs() const { return {outputs_, next_output_}; }

 private:
  void build_inputs(Cursor& cursor, Transaction& tx, std::uint64_t count);
  void build_outputs(Cursor& cursor, Transaction& tx);
  void build_witness(Cursor& cursor, Transaction& tx);

  Transaction* transactions_;
  TxIn* inputs_;
  TxOut* outputs_;
  ByteView* witness_items_;
  std::size_t built_ = 0;
  std::size_t next_input_ = 0;
  std::size_t next_output_ = 0;
  std::size_t next_witness_item_ = 0;
};

}  // namespace kepeng
