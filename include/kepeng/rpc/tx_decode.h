// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Transactions from hex, where the caller may not know whether they have witnesses.
//
// A transaction without inputs in its plain form looks like the start of the witness form. So both forms are tried, and
// the one whose scripts make sense wins. Pure function.
#pragma once

#include <optional>
#include <string_view>

#include <kepeng/primitives/transaction.h>

namespace kepeng::rpc {

enum class TransactionForms : std::uint8_t { Either, Witness, Plain };

// nullptr if it is none.
TxPtr decode_transaction(std::string_view hex, TransactionForms forms = TransactionForms::Either);

}  // namespace kepeng::rpc
