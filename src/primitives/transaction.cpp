// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/transaction.h>

#include "transaction_parser.h"

namespace kepeng {
namespace {

struct TransactionHolder {
  Bytes raw;
  std::unique_ptr<std::byte[]> arena;
};

}  // namespace

void Transaction::append_stripped(Bytes& to) const {
  if (!has_witness()) return append(to, raw);
  append(to, raw.first(4));
  append(to, raw.subspan(6, stripped_size - 8));
  append(to, raw.last(4));
}

Result<TxPtr, DecodeError> parse_transaction(Bytes raw, WitnessForm form) {
  ArenaCounts counts;
  Cursor measure{raw};
  measure_transaction(measure, form, counts);
  if (!measure.ok()) return Err{measure.error()};
  if (measure.remaining() != 0) return Err{DecodeError::TrailingBytes};

  auto holder = std::make_shared<TransactionHolder>();
  holder->raw = std::move(raw);
  holder->arena = std::make_unique<std::byte[]>(counts.bytes());
  TransactionBuilder builder{holder->arena.get(), counts};
  Cursor cursor{holder->raw};
  builder.build(cursor, holder->raw, form);
  builder.hash_all();
  const Transaction* tx = &builder.transactions()[0];
  return TxPtr{std::move(holder), tx};
}

}  // namespace kepeng
