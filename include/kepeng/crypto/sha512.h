// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SHA-512 (BIP32, BIP39). Pure function, no failure.
#pragma once

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

Hash64 sha512(ByteView bytes);

}  // namespace kepeng::crypto
