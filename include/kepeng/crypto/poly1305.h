// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Poly1305 one-time authenticator (RFC 8439): the key must never be used for a second message. Pure function.
#pragma once

#include <array>
#include <cstdint>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/chacha20.h>

namespace kepeng::crypto {

using PolyTag = std::array<std::uint8_t, 16>;

PolyTag poly1305(const CipherKey& key, ByteView message);

}  // namespace kepeng::crypto
