// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// RIPEMD-160 and HASH160 (RIPEMD-160 of SHA-256), in one call. Pure functions, no failure, no allocation.
#pragma once

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

Hash20 ripemd160(ByteView bytes);
Hash20 hash160(ByteView bytes);

}  // namespace kepeng::crypto
