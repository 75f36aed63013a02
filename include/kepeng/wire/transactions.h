// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Messages about transactions. Plain structs; the codec is behind message.h. Sources: BIP35, BIP133.
//
// A transaction's payload becomes its own bytes, without a copy; bytes behind it are an error.
#pragma once

#include <kepeng/primitives/transaction.h>

namespace kepeng::wire {

struct TxMessage {
  TxPtr tx;
  WitnessForm form = WitnessForm::Allowed;  // only for encoding
};

struct Mempool {};

// Satoshi per 1000 virtual bytes; any value, for the reader to judge.
struct FeeFilter {
  Amount rate;
};

}  // namespace kepeng::wire
