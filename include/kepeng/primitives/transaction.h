// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Transactions, immutable after parsing.
//
// A Transaction is a set of views over the bytes it came in: flat arrays of inputs, outputs and witness items in the
// arena of its owner (a Block, or the holder that `parse_transaction` makes). txid and wtxid are computed with the
// parse. Share as TxPtr; plain copies of the struct are valid only while the owner lives. To build one, see
// mutable_transaction.h. Sources: BIP144 (witness form), BIP141 (weight).
#pragma once

#include <memory>
#include <span>

#include <kepeng/base/result.h>
#include <kepeng/primitives/amount.h>
#include <kepeng/primitives/encoding.h>
#include <kepeng/primitives/hash.h>

namespace kepeng {

struct OutPoint {
  Txid txid;
  std::uint32_t index = 0;

  friend auto operator<=>(const OutPoint&, const OutPoint&) = default;
  // The prevout of a coinbase: hash zero and the highest index.
  bool is_null() const { return index == 0xffffffff && txid.is_null(); }
};

struct TxIn {
  OutPoint prevout;
  std::uint32_t sequence = 0xffffffff;
  ByteView script_sig;
  std::span<const ByteView> witness;  // bottom of the stack first
};

struct TxOut {
  Amount value;
  ByteView script_pubkey;
};

struct Transaction {
  std::uint32_t version = 0;  // compared as unsigned by BIP68 and BIP112
  std::uint32_t lock_time = 0;
  std::span<const TxIn> inputs;
  std::span<const TxOut> outputs;
  ByteView raw;                     // the whole serialization, witness included
  std::uint32_t stripped_size = 0;  // bytes without marker, flag and witness
  Txid txid;
  Wtxid wtxid;

  bool has_witness() const { return raw.size() != stripped_size; }
  bool is_coinbase() const { return inputs.size() == 1 && inputs[0].prevout.is_null(); }
  std::uint64_t total_size() const { return raw.size(); }
  std::uint64_t weight() const { return 3ull * stripped_size + raw.size(); }
  std::uint64_t virtual_size() const { return (weight() + 3) / 4; }
  // Appends the serialization without witness.
  void append_stripped(Bytes& to) const;
};

using TxPtr = std::shared_ptr<const Transaction>;

enum class WitnessForm { Allowed, Forbidden };

// One whole transaction; trailing bytes are an error.
Result<TxPtr, DecodeError> parse_transaction(Bytes raw, WitnessForm form = WitnessForm::Allowed);
// The transaction at the cursor, in bytes of its own, with the cursor moved behind it. A failure is left in the cursor
// too.
Result<TxPtr, DecodeError> read_transaction(Cursor& from);

}  // namespace kepeng
