// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Where a transaction ends, for those who want many of them later, one by one.
#pragma once

#include <kepeng/primitives/encoding.h>

namespace kepeng {

// The bytes of the transaction that begins here. Its structure is checked as read_transaction does; an error is left in
// the cursor. Nothing is allocated, nothing hashed.
ByteView read_transaction_bytes(Cursor& from);

}  // namespace kepeng
