// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/transactions.h>

#include "codec.h"

namespace kepeng::wire {

Result<Message, WireError> decode_transaction(Bytes payload) {
  auto tx = parse_transaction(std::move(payload));
  if (!tx) return Err{from(tx.error())};
  return Message{TxMessage{std::move(*tx)}};
}

void write(Bytes& to, const TxMessage& message) {
  if (message.form == WitnessForm::Allowed) return append(to, message.tx->raw);
  message.tx->append_stripped(to);
}

void read(Reader& from, FeeFilter& to) {
  to.rate = {from.read_le<std::int64_t>()};
}

void write(Bytes& to, const FeeFilter& message) {
  append_le(to, message.rate.sats);
}

}  // namespace kepeng::wire
