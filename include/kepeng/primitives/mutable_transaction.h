// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// MutableTransaction: a transaction under construction, for those who build (mining, wallet, tests).
//
// Owns its scripts. `freeze` gives the immutable form that everything else works with. Not for the validation path.
#pragma once

#include <vector>

#include <kepeng/primitives/block.h>
#include <kepeng/primitives/transaction.h>

namespace kepeng {

struct MutableTxIn {
  OutPoint prevout;
  Bytes script_sig;
  std::uint32_t sequence = 0xffffffff;
  std::vector<Bytes> witness;
};

struct MutableTxOut {
  Amount value;
  Bytes script_pubkey;
};

struct MutableTransaction {
  std::uint32_t version = 2;
  std::vector<MutableTxIn> inputs;
  std::vector<MutableTxOut> outputs;
  std::uint32_t lock_time = 0;

  MutableTransaction() = default;
  explicit MutableTransaction(const Transaction& tx);

  bool has_witness() const;
  // Witness form if there is any witness and `form` allows it.
  Bytes serialize(WitnessForm form = WitnessForm::Allowed) const;
  // A transaction without inputs has no unambiguous witness form and freezes in the plain one.
  TxPtr freeze() const;
};

// Header, count and the transactions' raw bytes; `transactions` are in block order.
Bytes serialize_block(const BlockHeader& header, std::span<const TxPtr> transactions);

}  // namespace kepeng
