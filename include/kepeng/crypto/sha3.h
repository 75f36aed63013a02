// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SHA3-256 (Tor v3 addresses). Pure function, no failure.
#pragma once

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

Hash32 sha3_256(ByteView bytes);

}  // namespace kepeng::crypto
